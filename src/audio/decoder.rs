//! One ffmpeg that decodes one audio stream: stereo floats at the stream's own rate, frame by frame
//! with its timestamps. It waits when nobody reads.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::ChildStdout;
use tokio::time::timeout;

use super::placing::Stamp;
use super::source::Source;
use super::tool::{AudioTools, RunFailure};
use crate::process::{ManagedChild, PipeReader, from_child, media_input, widen, words};

/// Bytes of one sample of both channels.
pub(super) const FRAME_BYTES: usize = 8;
/// A mono source is played on both channels at its own level.
const MONO_TO_STEREO: &str = "pan=stereo|FL=FL+FC|FR=FR+FC";
/// More channels are mixed down so that full scale stays full scale, as when 16-bit samples are
/// made (docs/upstream.md#sound-levels).
const TO_STEREO: &str = "aresample=rematrix_maxval=1,aformat=channel_layouts=stereo";
/// The file descriptor on which ffmpeg lists the frames, before it writes their samples.
const LIST_FD: i32 = 3;

/// A running decoder. Dropping it kills its ffmpeg.
#[derive(Debug)]
pub(super) struct Decoder {
    tools: AudioTools,
    child: ManagedChild,
    list: BufReader<PipeReader>,
    samples: ChildStdout,
    line: String,
    rate: f64,
    zero: f64,
    /// Seconds of a timestamp's unit.
    unit: f64,
    /// Where a frame without timestamp belongs.
    end: i64,
}

impl Decoder {
    /// Starts to decode near `from` seconds of the file, or at its start.
    ///
    /// # Errors
    /// [`RunFailure`] when ffmpeg cannot be started.
    pub async fn start(
        tools: &AudioTools,
        source: &Source,
        from: Option<f64>,
    ) -> Result<Self, RunFailure> {
        let broken = |error| RunFailure::broken(&error);
        let (receiver, list) = from_child(LIST_FD).map_err(broken)?;
        let mut child = tools
            .start(args(source, from, &list.address()), |spec| {
                spec.piped_stdout = true;
                spec.pipes = vec![list];
            })
            .await?;
        let samples = child.take_stdout().ok_or_else(|| {
            let error = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
            RunFailure::broken(&error)
        })?;
        widen(&samples);
        Ok(Self {
            tools: tools.clone(),
            child,
            list: BufReader::new(receiver),
            samples,
            line: String::new(),
            rate: f64::from(source.rate),
            zero: source.zero,
            unit: 1.0 / f64::from(source.rate),
            end: 0,
        })
    }

    /// The next frame, its channels in turn; `None` behind the last.
    ///
    /// # Errors
    /// [`RunFailure`] when ffmpeg failed or stalled.
    pub async fn next(&mut self) -> Result<Option<(Stamp, Vec<f32>)>, RunFailure> {
        match timeout(self.tools.deadline, self.read()).await {
            Ok(Ok(Some(frame))) => Ok(Some(frame)),
            // A pipe that breaks inside a frame says less than the exit status.
            Ok(Ok(None)) => self.tools.outcome(&self.child).await.map(|_| None),
            Ok(Err(error)) => {
                self.tools.outcome(&self.child).await?;
                Err(RunFailure::broken(&error))
            }
            Err(_) => Err(self.tools.late(self.child.stderr_tail(usize::MAX))),
        }
    }

    async fn read(&mut self) -> std::io::Result<Option<(Stamp, Vec<f32>)>> {
        loop {
            self.line.clear();
            if self.list.read_line(&mut self.line).await? == 0 {
                return Ok(None);
            }
            if let Some(unit) = parse_unit(&self.line) {
                self.unit = unit;
            }
            let Some((pts, bytes)) = parse_frame(&self.line) else {
                continue;
            };
            let mut raw = vec![0; bytes];
            self.samples.read_exact(&mut raw).await?;
            let count = (bytes / FRAME_BYTES) as i64;
            let at = pts.map_or(self.end, |pts| {
                ((pts as f64 * self.unit - self.zero) * self.rate).round() as i64
            });
            self.end = at + count;
            return Ok(Some((Stamp { at, count }, floats(&raw))));
        }
    }
}

/// Samples of little-endian bytes.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    let values = bytes.chunks_exact(4);
    values
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

/// `list` is the address at which ffmpeg lists the frames.
fn args(source: &Source, from: Option<f64>, list: &str) -> Vec<String> {
    let mut args = words(&["-v", "error", "-copyts", "-noaccurate_seek"]);
    if let Some(from) = from {
        args.extend(["-ss".to_owned(), from.to_string()]);
    }
    if source.codec == "opus" {
        // Recorders mark parts of every packet as padding. What is before the file's start falls
        // off by its timestamp.
        args.extend(words(&["-flags2", "+skip_manual"]));
    }
    args.extend(media_input(&source.path));
    args.extend(words(&["-map", &format!("0:{}", source.stream)]));
    let filter = match source.channels {
        1 => Some(MONO_TO_STEREO),
        2 => None,
        _ => Some(TO_STEREO),
    };
    if let Some(filter) = filter {
        args.extend(words(&["-af", filter]));
    }
    args.extend(words(&["-ac", "2", "-ar", &source.rate.to_string()]));
    // The tee takes a backslash for an escape.
    let list = list.replace('\\', r"\\");
    let tee = format!("[f=framecrc:flush_packets=1]{list}|[f=f32le]pipe:1");
    args.extend(words(&["-c:a", "pcm_f32le", "-f", "tee", &tee]));
    args
}

/// The unit in a line like `#tb 0: 1/48000`, seconds.
fn parse_unit(line: &str) -> Option<f64> {
    let (over, under) = line.trim().strip_prefix("#tb 0: ")?.split_once('/')?;
    let (over, under): (f64, f64) = (over.parse().ok()?, under.parse().ok()?);
    (over > 0.0 && under > 0.0).then_some(over / under)
}

/// Timestamp and bytes in a line like `0, 1024, 1024, 1024, 8192, 0xf1557cf7`.
fn parse_frame(line: &str) -> Option<(Option<i64>, usize)> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split(',').skip(2);
    let pts = fields.next()?.trim().parse().ok();
    let bytes = fields.nth(1)?.trim().parse().ok()?;
    Some((pts, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_frames_are_read() {
        assert_eq!(parse_unit("#tb 0: 1/44100\n"), Some(1.0 / 44_100.0));
        assert_eq!(parse_unit("#media_type 0: audio\n"), None);
        let line = "0,      -336,       -336,      960,     7680, 0x00000000\n";
        assert_eq!(parse_frame(line), Some((Some(-336), 7680)));
        let line = "0,     NOPTS,      NOPTS,      960,     7680, 0x00000000\n";
        assert_eq!(parse_frame(line), Some((None, 7680)));
        assert_eq!(parse_frame("#tb 0: 1/44100\n"), None);
    }
}
