//! One long-lived thread that starts every child. Linux ties the parent-death signal to the
//! *thread* that forked, so a pool thread that retires would take its children with it.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::live_group::LiveGroup;
use super::starting::Starting;

/// A program on a file system that does not answer would be waited for for ever.
const START_DEADLINE: Duration = Duration::from_secs(30);

struct Request {
    starting: Starting,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Started>>,
}

/// A started child that its caller has not received yet. Dropping it kills its whole group, because
/// it may be a script that has started a browser.
struct Started(Option<(Child, LiveGroup)>);

impl Drop for Started {
    fn drop(&mut self) {
        if let Some((_, group)) = &self.0 {
            group.kill();
        }
    }
}

fn spawner() -> &'static mpsc::Sender<Request> {
    static SPAWNER: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    SPAWNER.get_or_init(|| {
        let (sender, requests) = mpsc::channel::<Request>();
        thread::Builder::new()
            .name("hf-spawner".into())
            .spawn(move || {
                for request in requests {
                    if request.reply.is_closed() {
                        continue;
                    }
                    let _runtime = request.runtime.enter();
                    let started = request.starting.start().map(|child| Started(Some(child)));
                    // If the caller has gone, the child is killed here.
                    let _ = request.reply.send(started);
                }
            })
            .expect("the operating system refuses to start a thread");
        sender
    })
}

/// Starts it on the spawner thread.
pub(super) async fn spawn(starting: Starting) -> io::Result<(Child, LiveGroup)> {
    let gone = || io::Error::other("the spawner thread is gone");
    let (reply, answer) = oneshot::channel();
    let request = Request {
        starting,
        runtime: Handle::current(),
        reply,
    };
    spawner().send(request).map_err(|_| gone())?;
    started_within(START_DEADLINE, answer).await
}

async fn started_within(
    deadline: Duration,
    answer: oneshot::Receiver<io::Result<Started>>,
) -> io::Result<(Child, LiveGroup)> {
    let gone = || io::Error::other("the spawner thread is gone");
    let Ok(answer) = tokio::time::timeout(deadline, answer).await else {
        let text = format!(
            "no program could be started within {} s",
            deadline.as_secs()
        );
        return Err(io::Error::new(io::ErrorKind::TimedOut, text));
    };
    let mut started = answer.map_err(|_| gone())??;
    started.0.take().ok_or_else(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_never_starts_is_given_up() {
        let (reply, answer) = oneshot::channel();
        let failed = started_within(Duration::from_millis(20), answer).await;
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(reply.is_closed(), "the thread then kills what starts late");
    }
}
