use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;
use crate::transitions::Transition;

const WAIT: Duration = Duration::from_secs(20);

fn pool() -> BlendPool {
    BlendPool::new(BlenderOptions {
        threads: 2,
        cache_bytes: 1 << 20,
    })
    .unwrap()
}

fn size() -> FrameSize {
    FrameSize::new(80, 20).unwrap()
}

fn request() -> BlendRequest<OwnedFrames> {
    let frame = |value| vec![value; size().samples()];
    let owner = OwnedFrames {
        from: frame(1000),
        to: frame(3000),
        out: frame(0),
    };
    BlendRequest {
        look: Look::engine(Transition::Crossfade, 0.5),
        size: size(),
        owner,
    }
}

/// Frames that block the pool until they are told to continue, or that panic.
struct Stubborn {
    frames: OwnedFrames,
    go_on: Option<(Sender<()>, Receiver<()>)>,
}

impl FrameOwner for Stubborn {
    fn frames(&mut self) -> Result<Frames<'_>, BlendError> {
        match self.go_on.take() {
            Some((begun, told)) => {
                begun.send(()).expect("somebody waits for the beginning");
                told.recv_timeout(WAIT).expect("told to go on");
            }
            None => panic!("injected"),
        }
        self.frames.frames()
    }
}

fn stubborn(go_on: Option<(Sender<()>, Receiver<()>)>) -> BlendRequest<Stubborn> {
    let BlendRequest {
        look,
        size,
        owner: frames,
    } = request();
    BlendRequest {
        look,
        size,
        owner: Stubborn { frames, go_on },
    }
}

#[test]
fn many_blends_come_back_in_order_with_their_frames() {
    let pool = pool();
    let (send, done) = channel();
    for n in 0..20 {
        let send = send.clone();
        let answer = move |frames, outcome| send.send((n, frames, outcome)).unwrap();
        pool.queue(request(), answer).unwrap();
    }
    for n in 0..20 {
        let (number, frames, outcome): (_, OwnedFrames, _) = done.recv_timeout(WAIT).unwrap();
        assert_eq!((number, outcome), (n, Ok(())));
        assert!(frames.out.iter().all(|sample| *sample == 2000));
    }
    pool.close();
    let stats = pool.stats();
    assert_eq!((stats.blended, stats.failed, stats.in_flight), (20, 0, 0));
    assert!((1..=20).contains(&stats.peak_in_flight), "{stats:?}");
}

#[test]
fn a_panic_ends_one_blend_and_not_the_pool() {
    let pool = pool();
    let (send, done) = channel();
    let answer = send.clone();
    pool.queue(stubborn(None), move |_, outcome| {
        answer.send(outcome).unwrap()
    })
    .unwrap();
    pool.queue(request(), move |_, outcome| send.send(outcome).unwrap())
        .unwrap();
    let failure = Err(BlendError::Panicked("injected".to_owned()));
    assert_eq!(done.recv_timeout(WAIT).unwrap(), failure);
    assert_eq!(done.recv_timeout(WAIT).unwrap(), Ok(()));
    assert_eq!(pool.stats().failed, 1);
}

#[test]
fn a_panic_on_the_drawing_threads_is_caught_as_well() {
    let pool = pool();
    let (send, done) = channel();
    for transition in [Transition::Panics, Transition::Crossfade] {
        let send = send.clone();
        let request = BlendRequest {
            look: Look::engine(transition, 0.5),
            ..request()
        };
        pool.queue(request, move |_, outcome| send.send(outcome).unwrap())
            .unwrap();
    }
    let failure = done.recv_timeout(WAIT).unwrap();
    assert_eq!(
        failure,
        Err(BlendError::Panicked(
            "a row of the test's transition".to_owned()
        ))
    );
    assert_eq!(done.recv_timeout(WAIT).unwrap(), Ok(()));
}

#[test]
fn an_answer_that_panics_does_not_stop_the_queue() {
    let pool = pool();
    let (send, done) = channel();
    pool.queue(request(), |_, _| panic!("injected")).unwrap();
    pool.queue(request(), move |_, outcome| send.send(outcome).unwrap())
        .unwrap();
    assert_eq!(done.recv_timeout(WAIT).unwrap(), Ok(()));
}

#[test]
fn a_closed_pool_gives_the_waiting_back() {
    let pool = pool();
    let (go_on, told) = channel();
    let (begins, begun) = channel();
    let (send, done) = channel();
    let (first, second) = (send.clone(), send);
    pool.queue(stubborn(Some((begins, told))), move |_, outcome| {
        first.send((1, outcome)).unwrap()
    })
    .unwrap();
    pool.queue(request(), move |_, outcome| {
        second.send((2, outcome)).unwrap()
    })
    .unwrap();
    begun.recv_timeout(WAIT).unwrap();
    assert_eq!(pool.stats().peak_in_flight, 2);
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| pool.close());
        // The waiting blend ends at once; the running one is waited for.
        assert_eq!(
            done.recv_timeout(WAIT).unwrap(),
            (2, Err(BlendError::Closed))
        );
        assert!(!closing.is_finished());
        go_on.send(()).unwrap();
    });
    assert_eq!(done.recv_timeout(WAIT).unwrap(), (1, Ok(())));
    assert_eq!(pool.queue(request(), |_, _| ()), Err(BlendError::Closed));
    pool.close();
}

#[tokio::test]
async fn who_waits_gets_the_frames_back() {
    let pool = pool();
    let frames = pool.blend(request()).await.unwrap();
    assert!(frames.out.iter().all(|sample| *sample == 2000));
    let failed = pool.blend(stubborn(None)).await;
    assert_eq!(
        failed.map(|_| ()),
        Err(BlendError::Panicked("injected".to_owned()))
    );
    pool.close();
    let refused = pool.blend(request()).await;
    assert_eq!(refused.map(|_| ()), Err(BlendError::Closed));
}
