//! One long-lived thread that starts every child. Linux ties the parent-death signal to the
//! *thread* that forked, so a pool thread that retires would take its children with it.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc;
use std::thread;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Request {
    command: Command,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Child>>,
}

fn spawner() -> &'static mpsc::Sender<Request> {
    static SPAWNER: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    SPAWNER.get_or_init(|| {
        let (sender, requests) = mpsc::channel::<Request>();
        thread::Builder::new()
            .name("hf-spawner".into())
            .spawn(move || {
                for mut request in requests {
                    let _runtime = request.runtime.enter();
                    // The asker may have gone; the child then dies with its dropped handle.
                    let _ = request.reply.send(request.command.spawn());
                }
            })
            .expect("the operating system refuses to start a thread");
        sender
    })
}

/// Starts `command` on the spawner thread.
pub(super) async fn spawn(command: Command) -> io::Result<Child> {
    let (reply, answer) = oneshot::channel();
    let request = Request {
        command,
        runtime: Handle::current(),
        reply,
    };
    spawner()
        .send(request)
        .map_err(|_| io::Error::other("the spawner thread is gone"))?;
    answer
        .await
        .map_err(|_| io::Error::other("the spawner thread is gone"))?
}
