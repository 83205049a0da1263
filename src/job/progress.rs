//! Progress of a job: upstream's percentages and texts, at most four a second, never falling,
//! and a sign of life, with what is awaited, while nothing else is told.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::events::{AwaitedThing, Event, EventSink, Level, StageProgress, Status};
use crate::machine::{Wait, Waiting};
use crate::sync::{Awaits, IgnorePoison};

/// Upstream's throttle of frame reports.
const THROTTLE: Duration = Duration::from_millis(250);
/// Silence after which a sign of life is given: one comes every five seconds at the latest.
const HEARTBEAT: Duration = Duration::from_secs(4);
/// How often it is looked whether there is silence.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Where capturing starts and ends, percent.
const CAPTURE_FROM: f64 = 25.0;
const CAPTURE_TO: f64 = 80.0;
const ASSEMBLE_FROM: u32 = 90;
const ASSEMBLE_TO: u32 = 99;

/// Progress of one job.
pub(super) struct Progress {
    sink: EventSink,
    /// What the job waits for.
    awaits: Awaits,
    state: Mutex<State>,
}

struct State {
    percent: u32,
    last: Instant,
    captured: u64,
    total: Option<u64>,
    workers: u64,
}

impl Progress {
    /// Of a job that lists its waits in `awaits`.
    pub fn new(sink: EventSink, awaits: Awaits) -> Self {
        let state = State {
            percent: 0,
            last: Instant::now(),
            captured: 0,
            total: None,
            workers: 1,
        };
        Self {
            sink,
            awaits,
            state: Mutex::new(state),
        }
    }

    pub fn log(&self, level: Level, message: impl Into<String>, meta: serde_json::Value) {
        (self.sink)(&Event::Log {
            level,
            message: message.into(),
            meta: (!meta.is_null()).then_some(meta),
        });
    }

    pub fn event(&self, event: &Event) {
        (self.sink)(event);
    }

    pub fn starting(&self) {
        let stage = StageProgress {
            code: "start_browsers",
            done: None,
            total: None,
        };
        self.stage(
            Status::Rendering,
            CAPTURE_FROM as u32,
            "Starting frame capture".into(),
            stage,
        );
    }

    /// The job has to wait for its turn.
    pub fn waiting(&self, Waiting { wait, until }: &Waiting) {
        let Wait {
            running,
            ahead,
            least_mib,
            free_mib,
        } = wait;
        let until = time_of_day(*until);
        self.log(
            Level::Info,
            format!(
                "[Native] waits: {running} renders of this process run, {ahead} wait before this one, which needs {least_mib} MiB and a core; {free_mib} MiB are free; it is tried until {until}"
            ),
            serde_json::Value::Null,
        );
        let stage = StageProgress {
            code: "start_browsers",
            done: None,
            total: None,
        };
        let text = format!(
            "Waiting for other renders until {until} ({running} running, {ahead} before this one)"
        );
        self.stage(Status::Rendering, CAPTURE_FROM as u32, text, stage);
    }

    pub fn capturing(&self, total: u64, workers: u64) {
        let mut state = self.lock();
        (state.total, state.workers) = (Some(total), workers);
    }

    pub fn browser_ready(&self, ready: u64, of: u64) {
        let stage = StageProgress {
            code: "start_browsers",
            done: Some(ready),
            total: Some(of),
        };
        let text = format!("Starting browsers ({ready}/{of} ready)");
        self.stage(Status::Rendering, CAPTURE_FROM as u32, text, stage);
    }

    /// One more frame was captured and stands in order before the encoder.
    pub fn frame(&self, done: u64) {
        let mut state = self.lock();
        state.captured = done;
        let total = state.total.unwrap_or(done).max(1);
        if done < total && done > 1 && state.last.elapsed() < THROTTLE {
            return;
        }
        let share = done as f64 / total as f64;
        let percent = (CAPTURE_FROM + (CAPTURE_TO - CAPTURE_FROM) * share).round() as u32;
        let workers = if state.workers > 1 {
            format!(" ({} workers)", state.workers)
        } else {
            String::new()
        };
        let stage = StageProgress {
            code: "capture",
            done: Some(done),
            total: Some(total),
        };
        drop(state);
        self.stage(
            Status::Rendering,
            percent,
            format!("Streaming frame {done}/{total}{workers}"),
            stage,
        );
    }

    pub fn encoding(&self, total: u64) {
        let stage = StageProgress {
            code: "encode",
            done: Some(total),
            total: Some(total),
        };
        self.stage(
            Status::Encoding,
            ASSEMBLE_FROM,
            format!("Encoding frame {total}/{total}"),
            stage,
        );
    }

    pub fn assembling(&self, seconds: f64, done: bool) {
        let total = seconds.round() as u64;
        self.last_step(
            (Status::Assembling, "assemble"),
            "Assembling final video",
            total,
            done,
        );
    }

    /// The last step of formats that are not assembled; `text` names it.
    pub fn finishing(&self, text: &str, total: u64, done: bool) {
        self.last_step((Status::Encoding, "encode"), text, total, done);
    }

    fn last_step(
        &self,
        (status, code): (Status, &'static str),
        text: &str,
        total: u64,
        done: bool,
    ) {
        let (percent, finished) = if done {
            (ASSEMBLE_TO, total)
        } else {
            (ASSEMBLE_FROM, 0)
        };
        let stage = StageProgress {
            code,
            done: Some(finished),
            total: Some(total),
        };
        self.stage(status, percent, text.into(), stage);
    }

    /// Gives a sign of life, with what the job waits for, when nothing was said for a while. Never ends;
    /// to be raced against the work.
    pub async fn heartbeat(&self) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = Instant::now();
            {
                let mut state = self.lock();
                if now.duration_since(state.last) < HEARTBEAT {
                    continue;
                }
                state.last = now;
            }
            let awaits = self.awaits.now();
            let awaits = awaits.iter().map(|one| AwaitedThing::at(now, one));
            (self.sink)(&Event::Heartbeat {
                awaits: awaits.collect(),
            });
        }
    }

    fn stage(&self, status: Status, percent: u32, text: String, stage: StageProgress) {
        let mut state = self.lock();
        state.percent = state.percent.max(percent);
        let percent = state.percent;
        drop(state);
        self.emit(status, percent, text, stage);
    }

    fn emit(&self, status: Status, percent: u32, message: String, stage: StageProgress) {
        let mut state = self.lock();
        state.last = Instant::now();
        let frames_rendered = (state.captured > 0).then_some(state.captured);
        let total_frames = state.total;
        drop(state);
        (self.sink)(&Event::Progress {
            status,
            percent,
            message,
            stage,
            frames_rendered,
            total_frames,
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }
}

fn time_of_day(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let minutes = since.as_secs() / 60;
    format!("{:02}:{:02} UTC", minutes / 60 % 24, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    type Seen = Arc<Mutex<Vec<(u32, String)>>>;

    fn recorded() -> (Progress, Seen) {
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let sink = move |event: &Event| {
            if let Event::Progress {
                percent, message, ..
            } = event
            {
                noted.lock().unwrap().push((*percent, message.clone()));
            }
        };
        let progress = Progress::new(Arc::new(sink), Awaits::default());
        (progress, seen)
    }

    #[test]
    fn percent_never_falls_and_texts_are_upstreams() {
        let (progress, seen) = recorded();
        progress.starting();
        progress.capturing(120, 2);
        progress.browser_ready(1, 2);
        progress.frame(1);
        progress.frame(2);
        progress.frame(120);
        progress.assembling(4.0, false);
        progress.browser_ready(2, 2);
        let seen = seen.lock().unwrap();
        let texts: Vec<&str> = seen.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "Starting frame capture",
                "Starting browsers (1/2 ready)",
                "Streaming frame 1/120 (2 workers)",
                "Streaming frame 120/120 (2 workers)",
                "Assembling final video",
                "Starting browsers (2/2 ready)"
            ]
        );
        assert!(
            seen.windows(2).all(|pair| pair[0].0 <= pair[1].0),
            "{seen:?}"
        );
        assert_eq!(seen[3].0, 80);
    }

    #[test]
    fn waiting_is_said_and_is_over_when_the_job_starts() {
        let (progress, seen) = recorded();
        progress.starting();
        let wait = Wait {
            running: 3,
            ahead: 1,
            least_mib: 900,
            free_mib: 200,
        };
        let until = UNIX_EPOCH + Duration::from_secs(86_400 * 3 + 9 * 3600 + 5 * 60 + 59);
        progress.waiting(&Waiting { wait, until });
        progress.starting();
        let seen = seen.lock().unwrap();
        let texts: Vec<&str> = seen.iter().map(|(_, text)| text.as_str()).collect();
        let waiting = "Waiting for other renders until 09:05 UTC (3 running, 1 before this one)";
        assert_eq!(
            texts,
            ["Starting frame capture", waiting, "Starting frame capture"]
        );
    }

    #[tokio::test]
    async fn silence_is_broken_by_what_is_awaited() {
        let beats = Arc::<Mutex<Vec<Vec<AwaitedThing>>>>::default();
        let noted = Arc::clone(&beats);
        let sink = move |event: &Event| {
            if let Event::Heartbeat { awaits } = event {
                noted.lock().unwrap().push(awaits.clone());
            }
        };
        let awaits = Awaits::default();
        let progress = Progress::new(Arc::new(sink), awaits.clone());
        let _page = awaits.list("the page", Some(Duration::from_secs(60)));
        progress.starting();
        let soon = Duration::from_millis(1200);
        let _ = tokio::time::timeout(soon, progress.heartbeat()).await;
        assert!(beats.lock().unwrap().is_empty(), "something was just said");
        // Silence is measured on the real clock; make it look long.
        progress.lock().last = Instant::now().checked_sub(HEARTBEAT).unwrap();
        let _ = tokio::time::timeout(soon, progress.heartbeat()).await;
        let beats = beats.lock().unwrap();
        let [beat] = &beats[..] else {
            panic!("{beats:?}");
        };
        assert_eq!(beat[0].what, "the page");
        let left = beat[0].left_ms.unwrap();
        assert!((50_000..=60_000).contains(&left), "{left}");
    }
}
