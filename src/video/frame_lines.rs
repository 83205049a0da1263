//! What ffmpeg's `showinfo` filter tells of each frame: its time, size and format, a line each on
//! stderr, while the pixels go through stdout.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};
use tokio::sync::mpsc::Sender;

use crate::sync::IgnorePoison;

/// Tells of every frame that was decoded.
pub(super) const TELL_DECODED: &str = "showinfo@decoded=checksum=0";
/// Tells of every frame that is written.
pub(super) const TELL_GIVEN: &str = "showinfo@given=checksum=0";

/// What of a line is looked at, bytes.
const LONGEST_LINE: u64 = 4096;
/// Error lines that are kept, and characters of each.
const KEPT_LINES: usize = 20;
const KEPT_CHARS: usize = 500;
/// Larger numerators are no time bases.
const MOST_NUM: u32 = 1 << 20;

/// Length of a tick of a stream's clock, as a fraction of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tick {
    pub num: u32,
    pub den: u32,
}

/// A frame, as it was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FrameLine {
    /// Ticks of the stream's clock, where it has a time.
    pub pts: Option<i64>,
    /// The decoder calls it a key frame: no other one is needed for it.
    pub is_key: bool,
    /// Ticks that it lasts, where that is told: not before ffmpeg 5.1.
    pub duration: Option<i64>,
    /// The clock's tick.
    pub tick: Tick,
    /// ffmpeg's name of its pixel format.
    pub format: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// One of the two things that are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// It was decoded.
    Decoded(FrameLine),
    /// It was written, or is about to be.
    Given(FrameLine),
}

/// The last errors that ffmpeg wrote. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct ErrorTail(Arc<Mutex<VecDeque<String>>>);

impl ErrorTail {
    fn add(&self, line: &str) {
        let mut lines = self.0.lock().ignore_poison();
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line.chars().take(KEPT_CHARS).collect());
    }

    /// At most the last `most` lines.
    pub fn last_lines(&self, most: usize) -> String {
        let lines = self.0.lock().ignore_poison();
        let from = lines.len().saturating_sub(most);
        let last: Vec<&str> = lines.range(from..).map(String::as_str).collect();
        last.join("\n")
    }
}

/// Reads stderr to its end: frames go to `told`, errors to `errors`, the rest nowhere.
pub(super) async fn read_lines(
    mut stderr: impl AsyncBufRead + Unpin,
    told: Sender<Told>,
    errors: ErrorTail,
) {
    let mut parser = Parser::default();
    let mut line = Vec::new();
    while let Ok(true) = next_line(&mut stderr, &mut line).await {
        match parser.read(&String::from_utf8_lossy(&line)) {
            Parsed::Frame(frame) => {
                // Nobody waits for frames any more, but errors still tell how it ended.
                let _ = told.send(frame).await;
            }
            Parsed::Error(text) => errors.add(&text),
            Parsed::Other => {}
        }
    }
}

/// Reads `text` as what ffmpeg writes.
#[cfg(any(test, fuzzing))]
pub(crate) async fn fuzz_frame_lines(text: &[u8]) {
    let (told, _) = tokio::sync::mpsc::channel(1);
    read_lines(text, told, ErrorTail::default()).await;
}

/// Reads a line, of which the beginning is kept; `false` at the end.
async fn next_line(
    stderr: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> std::io::Result<bool> {
    line.clear();
    let mut read = (&mut *stderr)
        .take(LONGEST_LINE)
        .read_until(b'\n', line)
        .await?;
    if read == 0 {
        return Ok(false);
    }
    let mut rest = Vec::new();
    while read as u64 == LONGEST_LINE && line.last() != Some(&b'\n') && rest.last() != Some(&b'\n')
    {
        rest.clear();
        read = (&mut *stderr)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut rest)
            .await?;
    }
    Ok(true)
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Frame(Told),
    Error(String),
    Other,
}

/// Knows the clocks of both filters, which they tell before their first frame.
#[derive(Debug, Default)]
struct Parser {
    decoded: Option<Tick>,
    given: Option<Tick>,
}

impl Parser {
    fn read(&mut self, line: &str) -> Parsed {
        if let Some(rest) = line.strip_prefix("[showinfo@decoded ") {
            return told(rest, &mut self.decoded, Told::Decoded);
        }
        if let Some(rest) = line.strip_prefix("[showinfo@given ") {
            return told(rest, &mut self.given, Told::Given);
        }
        for level in ["[error] ", "[fatal] ", "[panic] "] {
            if let Some((before, after)) = line.split_once(level) {
                return Parsed::Error(format!("{before}{}", after.trim_end()));
            }
        }
        Parsed::Other
    }
}

fn told(rest: &str, tick: &mut Option<Tick>, kind: fn(FrameLine) -> Told) -> Parsed {
    let Some((_, text)) = rest.split_once("[info] ") else {
        return Parsed::Other;
    };
    if let Some(clock) = text.strip_prefix("config in time_base: ") {
        *tick = parse_tick(clock);
        return Parsed::Other;
    }
    let frame = tick.and_then(|tick| parse_frame(text, tick));
    frame.map_or(Parsed::Other, |frame| Parsed::Frame(kind(frame)))
}

fn parse_tick(text: &str) -> Option<Tick> {
    let (num, den) = text.split([',', ' ']).next()?.split_once('/')?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (1..=MOST_NUM)
        .contains(&num)
        .then_some(Tick { num, den })
        .filter(|tick| tick.den > 0)
}

fn parse_frame(text: &str, tick: Tick) -> Option<FrameLine> {
    if !text.starts_with("n:") {
        return None;
    }
    let value = |key: &str| {
        let (_, after) = text.split_once(key)?;
        after.split_whitespace().next()
    };
    let number = |key: &str| value(key)?.parse::<i64>().ok();
    let (width, height) = value(" s:")?.split_once('x')?;
    Some(FrameLine {
        pts: number(" pts:"),
        is_key: value(" iskey:") == Some("1"),
        duration: number(" duration:").filter(|ticks| *ticks > 0),
        tick,
        format: value(" fmt:")?.to_owned(),
        width: width.parse().ok()?,
        height: height.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str =
        "[showinfo@given @ 0x5] [info] config in time_base: 1/90000, frame_rate: 30/1";
    // As ffmpeg 5.1 and 7.1 write it.
    const OLD: &str = "[showinfo@given @ 0x5] [info] n:  12 pts: 115408 pts_time:1.28231 \
                       pos:    84976 fmt:yuv420p sar:0/1 s:320x180 i:P iskey:1 type:I ";
    const NEW: &str = "[showinfo@decoded @ 0x5] [info] n:   0 pts:NOPTS pts_time:NOPTS \
                       duration:   3000 duration_time:0.0333333 fmt:rgba cl:left sar:4/3 s:2x4 i:P";

    #[test]
    fn frames_are_read_with_the_clock_of_their_filter() {
        let mut parser = Parser::default();
        assert_eq!(parser.read(OLD), Parsed::Other, "no clock yet");
        assert_eq!(parser.read(CONFIG), Parsed::Other);
        let Parsed::Frame(Told::Given(frame)) = parser.read(OLD) else {
            panic!("no frame");
        };
        let tick = Tick {
            num: 1,
            den: 90_000,
        };
        let expected = FrameLine {
            pts: Some(115_408),
            is_key: true,
            duration: None,
            tick,
            format: "yuv420p".into(),
            width: 320,
            height: 180,
        };
        assert_eq!(frame, expected);
        parser.decoded = Some(tick);
        let Parsed::Frame(Told::Decoded(frame)) = parser.read(NEW) else {
            panic!("no frame");
        };
        assert_eq!((frame.pts, frame.duration), (None, Some(3000)));
        assert!(!frame.is_key);
        assert_eq!((frame.format.as_str(), frame.width), ("rgba", 2));
    }

    #[test]
    fn nonsense_is_no_frame() {
        let mut parser = Parser::default();
        for clock in ["0/1", "1/0", "x", "2000000/1"] {
            let line = format!("[showinfo@given @ 0x5] [info] config in time_base: {clock},");
            parser.read(&line);
            assert_eq!(parser.given, None, "{clock}");
        }
        parser.read(CONFIG);
        for text in ["n: 0 pts: 1 fmt:x s:axb", "color_range:tv", "n: 0", ""] {
            let line = format!("[showinfo@given @ 0x5] [info] {text}");
            assert_eq!(parser.read(&line), Parsed::Other, "{text}");
        }
    }

    #[tokio::test]
    async fn errors_are_kept_without_their_level_and_long_lines_are_cut() {
        let (sender, mut frames) = tokio::sync::mpsc::channel(8);
        let errors = ErrorTail::default();
        let long = "x".repeat(3 * LONGEST_LINE as usize);
        let text = format!("[info] a\n[h264 @ 0x1] [error] {long}\n{CONFIG}\n[fatal] b\n{OLD}");
        read_lines(text.as_bytes(), sender, errors.clone()).await;
        assert!(matches!(frames.recv().await, Some(Told::Given(_))));
        assert_eq!(frames.recv().await, None);
        assert_eq!(errors.last_lines(1), "b");
        assert!(errors.last_lines(9).starts_with("[h264 @ 0x1] xxx"));
        assert_eq!(errors.last_lines(9).len(), KEPT_CHARS + 2);
    }
}
