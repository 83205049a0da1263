//! Running an effect chain over a file, in a page. Long files are processed in pieces. Each piece
//! is given with enough of the sound before it that the joined pieces sound like one run.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;

use super::chain::Chain;
use super::wav::{Layout, WavWriter, read_planes};

/// Samples to run an effect chain over.
#[derive(Debug)]
pub(super) struct EffectsRequest {
    /// One plane per channel, full scale being 1.
    pub planes: Vec<Vec<f32>>,
    /// Samples per second.
    pub sample_rate: u32,
    /// JSON of the chain, as its author wrote it.
    pub chain: String,
    /// JSON of the automation of its parameters, as its author wrote it.
    pub automation: Option<String>,
    /// Seconds of the sound before these planes.
    pub elapsed: f64,
}

/// Runs effect chains. They are Web Audio graphs, so a page has to run them.
pub(super) trait EffectsRenderer: Send + Sync {
    /// Returns the planes with the chain applied. They are longer when the chain has a tail.
    ///
    /// The error is a sentence that says what happened.
    fn render(&self, request: EffectsRequest) -> BoxFuture<'_, Result<Vec<Vec<f32>>, String>>;
}

/// When and how a file is cut into pieces (upstream 0.8.170's figures; sizes are twice upstream's,
/// because our samples are, so that the lengths are the same).
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Files with more samples than this are cut, bytes.
    whole_bytes: u64,
    /// A chain with automation runs over the whole file at once. Larger files are refused, bytes.
    automated_bytes: u64,
    /// Length of a piece, seconds.
    piece: f64,
    /// Least and most sound that is given before a piece, seconds.
    before: (f64, f64),
    /// Sound that is given after a piece, seconds.
    after: f64,
}

const LIMITS: Limits = Limits {
    whole_bytes: 1 << 30,
    automated_bytes: 2 * i32::MAX as u64,
    piece: 300.0,
    before: (10.0, 300.0),
    after: 1.0,
};
/// Frames that Web Audio renders at a time.
const QUANTUM: u64 = 128;

/// One piece, in frames of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    read: Range<u64>,
    keep: Range<u64>,
}

fn plan(layout: &Layout, chain: &Chain, automated: bool, limits: Limits) -> Vec<Piece> {
    let total = layout.frames();
    if automated || layout.bytes() <= limits.whole_bytes {
        let whole = 0..total;
        return vec![Piece {
            read: whole.clone(),
            keep: whole,
        }];
    }
    let frames = |seconds: f64| (seconds * f64::from(layout.rate)).round() as u64;
    let (least, most) = limits.before;
    let before = frames(chain.memory().max(least).min(most));
    let step = frames(limits.piece).max(1);
    (0..total.div_ceil(step))
        .map(|index| {
            let keep = index * step..total.min((index + 1) * step);
            let from = keep.start.saturating_sub(before);
            let to = total.min(keep.end + frames(limits.after));
            Piece {
                read: from - from % QUANTUM..to,
                keep,
            }
        })
        .collect()
}

/// Runs `chain` over the WAV file `input`, into `output`.
///
/// # Errors
/// A sentence that says what happened.
pub(super) async fn apply(
    renderer: &dyn EffectsRenderer,
    input: &Path,
    chain: &Chain,
    automation: Option<String>,
    output: PathBuf,
) -> Result<(), String> {
    let job = Pieces {
        input: input.to_owned(),
        chain,
        automation,
        limits: LIMITS,
    };
    job.run(renderer, output).await
}

struct Pieces<'a> {
    input: PathBuf,
    chain: &'a Chain,
    automation: Option<String>,
    limits: Limits,
}

impl Pieces<'_> {
    async fn run(&self, renderer: &dyn EffectsRenderer, output: PathBuf) -> Result<(), String> {
        let layout = layout_of(&self.input).await?;
        let automated = self.automation.is_some();
        if automated && layout.bytes() > self.limits.automated_bytes {
            let gib = self.limits.automated_bytes >> 30;
            return Err(format!(
                "parameter automation of sounds over {gib} GiB is not supported"
            ));
        }
        let mut writer = None;
        for Piece { read, keep } in plan(&layout, self.chain, automated, self.limits) {
            let elapsed = read.start as f64 / f64::from(layout.rate);
            let (file, range) = (self.input.clone(), read.clone());
            let planes =
                blocking(move || read_planes(&mut File::open(file)?, &layout, range)).await?;
            let request = EffectsRequest {
                planes,
                sample_rate: layout.rate,
                chain: self.chain.json.clone(),
                automation: self.automation.clone(),
                elapsed,
            };
            let mut planes = renderer.render(request).await?;
            if planes.first().is_none_or(Vec::is_empty) {
                return Err("the page gave no samples".to_owned());
            }
            let (path, is_last) = (output.clone(), keep.end == layout.frames());
            writer = blocking(move || {
                for plane in &mut planes {
                    // Only the last piece may have a tail.
                    if !is_last {
                        plane.truncate((keep.end - read.start) as usize);
                    }
                    plane.drain(..(keep.start - read.start) as usize);
                }
                let mut file = match writer {
                    Some(file) => file,
                    None => WavWriter::create(&path, layout.sample, planes.len(), layout.rate)?,
                };
                file.write(&planes)?;
                Ok(Some(file))
            })
            .await?;
        }
        match writer {
            Some(writer) => blocking(move || writer.finish()).await,
            None => Err("the sound is empty".to_owned()),
        }
    }
}

/// Runs blocking file work on a thread made for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(panic.to_string()),
    }
}

async fn layout_of(path: &Path) -> Result<Layout, String> {
    let path = path.to_owned();
    blocking(move || Layout::read(&mut File::open(path)?)).await
}

/// Whether the file has any samples.
pub(super) async fn has_samples(path: &Path) -> Result<bool, String> {
    Ok(layout_of(path).await?.frames() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::wav::Sample;
    use futures::FutureExt;
    use std::sync::Mutex;

    /// Returns all samples and an echo of the last one, and records its requests.
    #[derive(Default)]
    struct Echo(Mutex<Vec<(usize, f64)>>);

    impl EffectsRenderer for Echo {
        fn render(
            &self,
            mut request: EffectsRequest,
        ) -> BoxFuture<'_, Result<Vec<Vec<f32>>, String>> {
            let asked = (request.planes[0].len(), request.elapsed);
            self.0.lock().unwrap().push(asked);
            for plane in &mut request.planes {
                plane.push(*plane.last().unwrap());
            }
            std::future::ready(Ok(request.planes)).boxed()
        }
    }

    fn ramp(frames: usize) -> Vec<f32> {
        (0..frames).map(|i| i as f32 / frames as f32).collect()
    }

    async fn run(limits: Limits) -> (Vec<(usize, f64)>, Vec<Vec<f32>>) {
        let dir = tempfile::tempdir().unwrap();
        let (input, output) = (dir.path().join("a.wav"), dir.path().join("b.wav"));
        let mut writer = WavWriter::create(&input, Sample::F32, 2, 1000).unwrap();
        writer.write(&[ramp(2500), ramp(2500)]).unwrap();
        writer.finish().unwrap();
        let chain = Chain::parse(r#"{"version":1,"nodes":[{"type":"lowpass"}]}"#).unwrap();
        let pieces = Pieces {
            input,
            chain: &chain,
            automation: None,
            limits,
        };
        let echo = Echo::default();
        pieces.run(&echo, output.clone()).await.unwrap();
        let mut file = File::open(output).unwrap();
        let layout = Layout::read(&mut file).unwrap();
        let planes = read_planes(&mut file, &layout, 0..layout.frames()).unwrap();
        (echo.0.into_inner().unwrap(), planes)
    }

    const SMALL: Limits = Limits {
        whole_bytes: 100,
        piece: 1.0,
        before: (0.3, 1.0),
        after: 0.1,
        ..LIMITS
    };

    #[tokio::test]
    async fn pieces_join_to_what_one_run_gives() {
        let (asked, whole) = run(LIMITS).await;
        assert_eq!(asked, [(2500, 0.0)]);
        let (asked, joined) = run(SMALL).await;
        // From the quantum before 300 ms earlier, to 100 ms later.
        assert_eq!(asked, [(1100, 0.0), (1460, 0.64), (836, 1.664)]);
        assert_eq!(joined, whole);
        assert_eq!(joined[1].len(), 2501);
    }

    #[tokio::test]
    async fn what_must_stay_whole_and_is_too_long_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join("a.wav");
        let mut writer = WavWriter::create(&input, Sample::F32, 1, 1000).unwrap();
        writer.write(&[ramp(100)]).unwrap();
        writer.finish().unwrap();
        let chain = Chain::parse(r#"{"version":1,"nodes":[]}"#).unwrap();
        let limits = Limits {
            automated_bytes: 10,
            ..LIMITS
        };
        let automation = Some("{}".to_owned());
        let pieces = Pieces {
            input,
            chain: &chain,
            automation,
            limits,
        };
        let output = dir.path().join("b.wav");
        let text = pieces.run(&Echo::default(), output).await.unwrap_err();
        assert!(text.contains("automation"), "{text}");
    }
}
