// Timers that the page sets while it is brought to frames: they are due in the composition's time.
// Those of HyperFrames' own scripts stay Chrome's.
define("timers", ({ animationClock, engine, ownership }) => {
  const { clock } = animationClock;
  // Handles, far above Chrome's.
  const FIRST_HANDLE = 2 ** 40;
  // How often timers are looked at while the page itself waits, real milliseconds.
  const LOOK_MS = 10;

  const native = {};
  for (const name of ["setTimeout", "setInterval", "clearTimeout", "clearInterval"]) {
    native[name] = window[name];
  }
  const now = performance.now.bind(performance);

  // By handle: `at`, when it is due in composition milliseconds; `every`, until it is due again;
  // `set`, when it was set by the real clock.
  const timers = new Map();
  let handles = FIRST_HANDLE;

  let isWaiting = false;
  let looking;
  const watch = () => {
    const look = () => {
      for (const [handle, timer] of timers) {
        if (timer.set + timer.ms <= now()) fire(handle, timer);
      }
    };
    looking ??= native.setInterval.call(window, look, LOOK_MS);
  };

  const add = (handler, delay, args, repeats) => {
    const ms = Math.max(1, Number(delay) || 0);
    handles += 1;
    timers.set(handles, {
      at: clock.now + ms,
      ms,
      every: repeats ? ms : undefined,
      set: now(),
      call: () => handler.apply(window, args),
    });
    if (isWaiting) watch();
    return handles;
  };

  const isOurs = (handler) =>
    typeof handler === "function" && ownership.isOwned() && !engine.calls();
  const clear = (name) => (handle) => {
    if (!timers.delete(handle)) native[name].call(window, handle);
  };
  if (window === window.top) {
    Object.assign(window, {
      setTimeout: (handler, delay, ...args) =>
        isOurs(handler)
          ? add(handler, delay, args, false)
          : native.setTimeout.call(window, handler, delay, ...args),
      setInterval: (handler, delay, ...args) =>
        isOurs(handler)
          ? add(handler, delay, args, true)
          : native.setInterval.call(window, handler, delay, ...args),
      clearTimeout: clear("clearTimeout"),
      clearInterval: clear("clearInterval"),
    });
  }

  const fire = (handle, timer) => {
    if (timer.every === undefined) timers.delete(handle);
    else {
      timer.at += timer.every;
      timer.set = now();
    }
    try {
      timer.call();
    } catch (error) {
      reportError(error);
    }
  };

  const next = (until) => {
    let found;
    for (const entry of timers) {
      if (entry[1].at <= until && !(found?.[1].at <= entry[1].at)) found = entry;
    }
    return found;
  };

  // Runs what is due until `until`, composition milliseconds, in order; `then` after each.
  const run = (until, then) => {
    if (timers.size === 0) return;
    for (let due = next(until); due; due = next(until)) {
      clock.now = Math.max(clock.now, due[1].at);
      fire(...due);
      then(clock.now);
    }
  };

  // Waits for `work` of the page before its frame is drawn, which may wait for a timer: the
  // composition's time stands still, so the real one counts.
  const during = async (work) => {
    isWaiting = true;
    if (timers.size > 0) watch();
    try {
      return await work;
    } finally {
      isWaiting = false;
      native.clearInterval.call(window, looking);
      looking = undefined;
    }
  };

  return { run, during, wereSet: () => handles };
});
