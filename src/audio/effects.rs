//! Running an effect chain over a file, in a page. Long files are processed in pieces. Each piece
//! is given with enough of the sound before it that the joined pieces sound like one run. Samples
//! travel from file to file in blocks: no more of them are in memory at a time.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;

use super::chain::Chain;
use super::wav::{Layout, WavWriter, read_planes};
use crate::page::EffectsSound;
use crate::sync::IgnorePoison;

/// Samples to run an effect chain over.
pub(super) struct EffectsRequest<'a> {
    /// Where they are, and where those go that the chain makes of them. Not asked before the page's turn.
    pub sound: &'a mut dyn EffectsSound,
    /// Channels that go in.
    pub channels: usize,
    /// Samples of each.
    pub samples: u64,
    /// Samples per second.
    pub sample_rate: u32,
    /// JSON of the chain, as its author wrote it.
    pub chain: &'a str,
    /// JSON of the automation of its parameters, as its author wrote it.
    pub automation: Option<&'a str>,
    /// Seconds of the sound before these samples.
    pub elapsed: f64,
}

/// Runs effect chains. They are Web Audio graphs, so a page has to run them.
pub(super) trait EffectsRenderer: Send + Sync {
    /// Has the chain applied. Returns how many samples of each channel were written: more than there
    /// were when the chain has a tail.
    ///
    /// The error is a sentence that says what happened.
    fn render<'a>(&'a self, request: EffectsRequest<'a>) -> BoxFuture<'a, Result<u64, String>>;
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
            let input = self.input.clone();
            let files = PieceFiles {
                input: blocking(move || File::open(input)).await?,
                layout,
                next: read.start,
                output: output.clone(),
                writer,
                skip: keep.start - read.start,
                // Only the last piece may have a tail.
                left: (keep.end < layout.frames()).then_some(keep.end - keep.start),
            };
            let mut sound = PieceSound(Arc::new(Mutex::new(files)));
            let request = EffectsRequest {
                sound: &mut sound,
                channels: layout.channels,
                samples: read.end - read.start,
                sample_rate: layout.rate,
                chain: &self.chain.json,
                automation: self.automation.as_deref(),
                elapsed: read.start as f64 / f64::from(layout.rate),
            };
            if renderer.render(request).await? == 0 {
                return Err("the page gave no samples".to_owned());
            }
            writer = sound.0.lock().ignore_poison().writer.take();
        }
        match writer {
            Some(writer) => blocking(move || writer.finish()).await,
            None => Err("the sound is empty".to_owned()),
        }
    }
}

/// The samples of one piece: read from the file, and written behind those of the pieces before.
struct PieceSound(Arc<Mutex<PieceFiles>>);

struct PieceFiles {
    input: File,
    layout: Layout,
    /// The frame that is read next.
    next: u64,
    output: PathBuf,
    /// Made with the first samples: their channels are not known before.
    writer: Option<WavWriter>,
    /// Samples that are not kept, of the sound given before the piece.
    skip: u64,
    /// Samples that are kept after them; all for `None`.
    left: Option<u64>,
}

impl PieceFiles {
    fn read(&mut self, count: u64) -> io::Result<Vec<Vec<f32>>> {
        let range = self.next..self.next + count;
        self.next = range.end;
        read_planes(&mut self.input, &self.layout, range)
    }

    fn write(&mut self, mut planes: Vec<Vec<f32>>) -> io::Result<()> {
        let count = planes.first().map_or(0, Vec::len) as u64;
        let skipped = self.skip.min(count);
        let kept = (count - skipped).min(self.left.unwrap_or(u64::MAX));
        self.skip -= skipped;
        self.left = self.left.map(|left| left - kept);
        for plane in &mut planes {
            plane.resize(count as usize, 0.0);
            plane.truncate((skipped + kept) as usize);
            plane.drain(..skipped as usize);
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let Layout { sample, rate, .. } = self.layout;
                none.insert(WavWriter::create(&self.output, sample, planes.len(), rate)?)
            }
        };
        writer.write(&planes)
    }
}

impl PieceSound {
    fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PieceFiles) -> io::Result<T> + Send + 'static,
    ) -> BoxFuture<'_, io::Result<T>> {
        let files = Arc::clone(&self.0);
        let working = tokio::task::spawn_blocking(move || work(&mut files.lock().ignore_poison()));
        working
            .map(|done| done.unwrap_or_else(|panic| Err(io::Error::other(panic))))
            .boxed()
    }
}

impl EffectsSound for PieceSound {
    fn read(&mut self, count: u64) -> BoxFuture<'_, io::Result<Vec<Vec<f32>>>> {
        self.on_thread(move |files| files.read(count))
    }

    fn write(&mut self, planes: Vec<Vec<f32>>) -> BoxFuture<'_, io::Result<()>> {
        self.on_thread(move |files| files.write(planes))
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

    /// Samples of a block.
    const BLOCK: u64 = 70;

    /// Returns all samples and an echo of the last one, in blocks, and records its requests.
    #[derive(Default)]
    struct Echo(Mutex<Vec<(u64, f64)>>);

    impl EffectsRenderer for Echo {
        fn render<'a>(&'a self, request: EffectsRequest<'a>) -> BoxFuture<'a, Result<u64, String>> {
            self.0
                .lock()
                .unwrap()
                .push((request.samples, request.elapsed));
            async move {
                let EffectsRequest { sound, samples, .. } = request;
                let mut last = Vec::new();
                for from in (0..samples).step_by(BLOCK as usize) {
                    let planes = sound.read(BLOCK.min(samples - from)).await.unwrap();
                    last = planes
                        .iter()
                        .map(|plane| vec![*plane.last().unwrap()])
                        .collect();
                    sound.write(planes).await.unwrap();
                }
                sound.write(last).await.unwrap();
                Ok(samples + 1)
            }
            .boxed()
        }
    }

    /// What the system says of this process's memory.
    #[cfg(target_os = "linux")]
    mod memory {
        use super::*;
        use std::sync::atomic::{AtomicUsize, Ordering};

        /// Waits at its door, as a page does that runs another sound, and counts who came with samples.
        #[derive(Default)]
        struct Busy(AtomicUsize);

        impl EffectsRenderer for Busy {
            fn render<'a>(&'a self, _: EffectsRequest<'a>) -> BoxFuture<'a, Result<u64, String>> {
                self.0.fetch_add(1, Ordering::Relaxed);
                std::future::pending().boxed()
            }
        }

        /// Bytes on this process's heap, roughly: of the pages that it has in memory.
        fn resident_bytes() -> u64 {
            let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
            let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
            pages * 4096
        }

        #[tokio::test]
        async fn sounds_that_wait_for_the_page_are_not_in_memory() {
            let dir = tempfile::tempdir().unwrap();
            let input = dir.path().join("a.wav");
            // 32 MB each.
            let length = 4 << 20;
            let mut writer = WavWriter::create(&input, Sample::F32, 2, 48_000).unwrap();
            writer.write(&[ramp(length), ramp(length)]).unwrap();
            writer.finish().unwrap();
            let chain = Chain::parse(r#"{"version":1,"nodes":[{"type":"lowpass"}]}"#).unwrap();
            let (busy, before) = (Busy::default(), resident_bytes());
            let stems = (0..16).map(|stem| {
                let output = dir.path().join(format!("{stem}.wav"));
                apply(&busy, &input, &chain, None, output)
            });
            let all = futures::future::join_all(stems);
            let waiting = tokio::time::timeout(std::time::Duration::from_secs(3), all).await;
            assert!(waiting.is_err());
            assert_eq!(busy.0.load(Ordering::Relaxed), 16);
            let grown = resident_bytes().saturating_sub(before);
            assert!(grown < 128 << 20, "{} MiB", grown >> 20);
        }
    }

    fn ramp(frames: usize) -> Vec<f32> {
        (0..frames).map(|i| i as f32 / frames as f32).collect()
    }

    async fn run(limits: Limits) -> (Vec<(u64, f64)>, Vec<Vec<f32>>) {
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
