//! HDR images: decoded, brought to the size of their box and to the output's transfer function once,
//! and cached within a limit of bytes.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use lru::LruCache;

use super::element::{BoxTooLarge, picture_size};
use crate::assemble::error::AssembleError;
use crate::page::Element;
use crate::pixels::{
    Laid, ObjectFit, Picture, Rgb48Error, TransferFunction, convert, decode_rgb48, resample,
};
use crate::plan::HdrImage;
use crate::sync::IgnorePoison;
use crate::video::Layout;

/// The images of one job.
#[derive(Debug)]
pub struct HdrImageCache {
    images: HashMap<String, HdrImage>,
    target: TransferFunction,
    /// Most bytes kept between frames; images beyond that are decoded for each frame.
    limit: usize,
    /// Most bytes of one decoded file.
    most_bytes: usize,
    kept: Mutex<Kept>,
}

/// Everything that the picture of an image depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    id: String,
    width: usize,
    height: usize,
    object_fit: ObjectFit,
    /// Bits of the numbers of both anchors.
    object_position: [u64; 4],
}

/// What a box shows of an image.
#[derive(Debug, Clone)]
pub struct ShownImage {
    /// Its pixels.
    pub picture: Arc<Picture>,
    /// The pixel of the box where it begins.
    pub at: (usize, usize),
}

#[derive(Debug)]
struct Kept {
    pictures: LruCache<Key, ShownImage>,
    bytes: usize,
    decoded: u64,
}

impl HdrImageCache {
    /// A cache of `images`, whose pictures get the transfer function `target`. It keeps at most
    /// `limit` bytes, and refuses files that decode to more than `most_bytes`, and boxes that take more.
    pub fn new(
        images: Vec<HdrImage>,
        target: TransferFunction,
        limit: usize,
        most_bytes: usize,
    ) -> Self {
        let kept = Kept {
            pictures: LruCache::unbounded(),
            bytes: 0,
            decoded: 0,
        };
        Self {
            images: images
                .into_iter()
                .map(|image| (image.id.clone(), image))
                .collect(),
            target,
            limit,
            most_bytes,
            kept: Mutex::new(kept),
        }
    }

    /// Whether `id` is that of one of its images.
    pub fn has(&self, id: &str) -> bool {
        self.images.contains_key(id)
    }

    /// Number of its images.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Number of files decoded so far.
    pub fn decoded(&self) -> u64 {
        self.lock().decoded
    }

    /// What the box of `element` shows of its image, on a canvas of `canvas` pixels; `None` when no
    /// image has its id, or nothing of it is seen. Blocks while it is decoded.
    ///
    /// # Errors
    /// [`AssembleError`] naming the image and its file.
    pub fn picture(
        &self,
        element: &Element,
        canvas: (usize, usize),
    ) -> Result<Option<ShownImage>, AssembleError> {
        let Some(image) = self.images.get(&element.id) else {
            return Ok(None);
        };
        let failed = |error: &dyn std::fmt::Display| AssembleError::HdrImage {
            id: image.id.clone(),
            path: image.path.clone(),
            detail: error.to_string(),
        };
        let (width, height) = picture_size(element, canvas).map_err(|e| failed(&e))?;
        let bytes = Layout::Rgb48.frame_bytes(width as u32, height as u32);
        if bytes > self.most_bytes {
            return Err(failed(&BoxTooLarge {
                size: (width, height),
                needed: bytes as u64,
                most: self.most_bytes as u64,
            }));
        }
        let (across, down) = element.object_position;
        let key = Key {
            id: image.id.clone(),
            width,
            height,
            object_fit: element.object_fit,
            object_position: [across.fraction, across.pixels, down.fraction, down.pixels]
                .map(f64::to_bits),
        };
        // Locked while an image is decoded, so that two frames decode it once.
        let mut kept = self.lock();
        if let Some(image) = kept.pictures.get(&key) {
            return Ok(Some(image.clone()));
        }
        let decoded = read(&image.path, self.most_bytes).map_err(|e| failed(&e))?;
        kept.decoded += 1;
        let (fit, anchors) = (element.object_fit, element.object_position);
        let laid = Laid::new(decoded.size(), (width, height), fit, anchors);
        let Some(laid) = laid else {
            return Ok(None);
        };
        let mut picture = resample(decoded, &laid).map_err(|e| failed(&e))?;
        convert(picture.samples_mut(), image.transfer, self.target);
        let shown = ShownImage {
            picture: Arc::new(picture),
            at: laid.at(),
        };
        kept.put(key, &shown, self.limit);
        Ok(Some(shown))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().ignore_poison()
    }
}

fn read(path: &Path, most_bytes: usize) -> Result<Picture, Rgb48Error> {
    let data = std::fs::read(path).map_err(|error| Rgb48Error::Png(error.to_string()))?;
    decode_rgb48(&data, most_bytes)
}

fn bytes_of(picture: &Picture) -> usize {
    size_of_val(picture.samples())
}

impl Kept {
    fn put(&mut self, key: Key, image: &ShownImage, limit: usize) {
        let bytes = bytes_of(&image.picture);
        if bytes > limit {
            return;
        }
        while self.bytes + bytes > limit {
            let Some((_, gone)) = self.pictures.pop_lru() else {
                break;
            };
            self.bytes -= bytes_of(&gone.picture);
        }
        self.pictures.put(key, image.clone());
        self.bytes += bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 2x1 file of 16 bits a channel.
    fn write(path: &Path) {
        let file = std::fs::File::create(path).unwrap();
        let mut encoder = png::Encoder::new(file, 2, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Sixteen);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[0x80; 12]).unwrap();
    }

    fn element(id: &str) -> Element {
        crate::page::testing::element(serde_json::json!({
            "id": id, "height": 2, "layoutHeight": 2
        }))
    }

    fn cache(dir: &Path, limit: usize) -> HdrImageCache {
        let images = ["a", "b"].map(|id| {
            let path = dir.join(format!("{id}.png"));
            write(&path);
            HdrImage {
                id: id.into(),
                path,
                transfer: TransferFunction::Hlg,
            }
        });
        HdrImageCache::new(images.into(), TransferFunction::Pq, limit, 1 << 20)
    }

    #[test]
    fn images_are_made_once_while_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let canvas = (4, 2);
        // Pictures have 4 * 2 * 6 bytes.
        for (limit, decoded) in [(96, 2), (48, 4), (0, 4)] {
            let cache = cache(dir.path(), limit);
            for id in ["a", "b", "a", "b"] {
                let shown = cache.picture(&element(id), canvas).unwrap().unwrap();
                let picture = shown.picture;
                assert_eq!(picture.size(), (4, 2));
                let pq = crate::pixels::conversion(
                    crate::pixels::LutCurve::Hlg,
                    crate::pixels::LutCurve::Pq,
                );
                assert_eq!(picture.samples()[0], pq.unwrap()[0x8080]);
            }
            assert_eq!(cache.decoded(), decoded, "limit {limit}");
        }
        assert!(
            cache(dir.path(), 0)
                .picture(&element("c"), canvas)
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn a_box_that_takes_too_much_memory_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path(), 0);
        let mut large = element("a");
        (large.layout_width, large.layout_height) = (16_384.0, 16_384.0);
        let error = cache.picture(&large, (4, 2)).unwrap_err().to_string();
        assert!(
            error.contains("16384x16384") && error.contains("\"a\""),
            "{error}"
        );
        assert_eq!(cache.decoded(), 0);
    }

    #[test]
    fn a_picture_that_moves_in_its_box_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path(), 1 << 20);
        let mut pans = element("a");
        for fraction in [0.0, 0.1, 0.0] {
            pans.object_position.0.fraction = fraction;
            cache.picture(&pans, (4, 2)).unwrap();
        }
        assert_eq!(cache.decoded(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let cache = cache(dir.path(), 0);
        std::fs::write(dir.path().join("a.png"), "no picture").unwrap();
        let text = cache
            .picture(&element("a"), (4, 2))
            .unwrap_err()
            .to_string();
        assert!(text.contains("\"a\"") && text.contains("a.png"), "{text}");
    }
}
