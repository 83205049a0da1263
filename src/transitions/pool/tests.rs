use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;

const WAIT: Duration = Duration::from_secs(20);

fn pool(in_flight: usize) -> BlendPool {
    let blender = BlenderOptions {
        threads: 2,
        cache_bytes: 1 << 20,
    };
    BlendPool::new(BlendPoolOptions { blender, in_flight }).unwrap()
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
        transition: Transition::Crossfade,
        size: size(),
        progress: 0.5,
        owner,
    }
}

/// Frames that hold the pool up until told to go on, or that panic.
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
        transition,
        size,
        progress,
        owner: frames,
    } = request();
    BlendRequest {
        transition,
        size,
        progress,
        owner: Stubborn { frames, go_on },
    }
}

#[test]
fn many_blends_come_back_in_order_with_their_frames() {
    let pool = pool(3);
    let (send, done) = channel();
    for n in 0..20 {
        let send = send.clone();
        let answer = move |frames, outcome| send.send((n, frames, outcome)).unwrap();
        pool.submit(request(), answer).unwrap();
    }
    for n in 0..20 {
        let (number, frames, outcome): (_, OwnedFrames, _) = done.recv_timeout(WAIT).unwrap();
        assert_eq!((number, outcome), (n, Ok(())));
        assert!(frames.out.iter().all(|sample| *sample == 2000));
    }
    pool.close();
    let stats = pool.stats();
    assert_eq!((stats.blended, stats.failed, stats.in_flight), (20, 0, 0));
    assert!((1..=3).contains(&stats.peak_in_flight), "{stats:?}");
}

#[test]
fn a_panic_ends_one_blend_and_not_the_pool() {
    let pool = pool(4);
    let (send, done) = channel();
    let answer = send.clone();
    pool.submit(stubborn(None), move |_, outcome| {
        answer.send(outcome).unwrap()
    })
    .unwrap();
    pool.submit(request(), move |_, outcome| send.send(outcome).unwrap())
        .unwrap();
    let failure = Err(BlendError::Panicked("injected".to_owned()));
    assert_eq!(done.recv_timeout(WAIT).unwrap(), failure);
    assert_eq!(done.recv_timeout(WAIT).unwrap(), Ok(()));
    assert_eq!(pool.stats().failed, 1);
}

#[test]
fn a_panic_on_the_drawing_threads_is_caught_as_well() {
    let pool = pool(4);
    let (send, done) = channel();
    for transition in [Transition::Panics, Transition::Crossfade] {
        let send = send.clone();
        let request = BlendRequest {
            transition,
            ..request()
        };
        pool.submit(request, move |_, outcome| send.send(outcome).unwrap())
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
    let pool = pool(4);
    let (send, done) = channel();
    pool.submit(request(), |_, _| panic!("injected")).unwrap();
    pool.submit(request(), move |_, outcome| send.send(outcome).unwrap())
        .unwrap();
    assert_eq!(done.recv_timeout(WAIT).unwrap(), Ok(()));
}

#[test]
fn a_full_pool_says_so_and_a_closed_one_gives_the_waiting_back() {
    let pool = pool(2);
    let (go_on, told) = channel();
    let (begins, begun) = channel();
    let (send, done) = channel();
    let (first, second) = (send.clone(), send);
    pool.submit(stubborn(Some((begins, told))), move |_, outcome| {
        first.send((1, outcome)).unwrap()
    })
    .unwrap();
    pool.submit(request(), move |_, outcome| {
        second.send((2, outcome)).unwrap()
    })
    .unwrap();
    begun.recv_timeout(WAIT).unwrap();
    let refused = pool.try_submit(request(), |_, _| unreachable!("it was refused"));
    assert_eq!(refused, Err(BlendError::Busy(2)));
    assert_eq!(pool.stats().peak_in_flight, 2);
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| pool.submit(request(), |_, _| unreachable!("closed")));
        let closing = scope.spawn(|| pool.close());
        // The one that waits is given up at once, the one that runs is waited for.
        assert_eq!(
            done.recv_timeout(WAIT).unwrap(),
            (2, Err(BlendError::Closed))
        );
        assert!(!closing.is_finished());
        assert_eq!(blocked.join().unwrap(), Err(BlendError::Closed));
        go_on.send(()).unwrap();
    });
    assert_eq!(done.recv_timeout(WAIT).unwrap(), (1, Ok(())));
    assert_eq!(
        pool.try_submit(request(), |_, _| ()),
        Err(BlendError::Closed)
    );
    pool.close();
}
