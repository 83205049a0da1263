// What scripts of the page have still to do before they may register anything: timers, workers, fonts
// and what loads. Requests are counted by the host. Only the outermost page is watched, until the
// host calls `release`.
define("pending", ({ engine }) => {
  // A timer that is due later than this after it was set is not awaited.
  const LONGEST_TIMER_MS = 10_000;
  // How long code is awaited that sets itself again and again, after its first time.
  const REPEATS_MS = 5000;
  // How long the next answer of a worker is awaited.
  const WORKER_MS = 10_000;
  // Most kinds of what is awaited that are named.
  const NAMED = 5;

  // The clock of the page is about to be stopped.
  const now = performance.now.bind(performance);
  // By timer or worker, what is awaited and until when.
  const awaited = new Map();
  // By delay and code of a timer, when that was first due.
  const firstDue = new Map();
  // Rises with everything that happens.
  let events = 0;
  // Libraries may have kept our functions, which then only pass on.
  let isReleased = false;

  const expect = (key, what, ms) => {
    if (isReleased) return;
    events += 1;
    awaited.set(key, { what, until: now() + ms });
  };

  const end = (key) => {
    if (awaited.delete(key)) events += 1;
  };

  const setTimer = (id, handler, delay, repeats) => {
    const ms = Math.max(0, Number(delay) || 0);
    if (isReleased || ms > LONGEST_TIMER_MS || engine.calls()) return id;
    const due = now() + ms;
    const code = `${ms} ${handler}`;
    const first = firstDue.get(code) ?? due;
    firstDue.set(code, first);
    const left = repeats || first < now() ? first + REPEATS_MS - now() : ms;
    if (left >= 0) expect(id, `a timer of ${ms} ms`, left);
    return id;
  };

  const replacements = ({ setTimeout, setInterval, clearTimeout, clearInterval, Worker }) => ({
    setTimeout: (handler, delay, ...args) =>
      setTimer(setTimeout.call(window, handler, delay, ...args), handler, delay, false),
    setInterval: (handler, delay, ...args) =>
      setTimer(setInterval.call(window, handler, delay, ...args), handler, delay, true),
    clearTimeout: (id) => {
      end(id);
      clearTimeout.call(window, id);
    },
    clearInterval: (id) => {
      end(id);
      clearInterval.call(window, id);
    },
    Worker: new Proxy(Worker, {
      construct(target, args, newTarget) {
        const worker = Reflect.construct(target, args, newTarget);
        const ask = () => expect(worker, "a worker", WORKER_MS);
        for (const name of ["message", "messageerror", "error"]) {
          worker.addEventListener(name, () => end(worker));
        }
        worker.postMessage = (...message) => {
          ask();
          return target.prototype.postMessage.apply(worker, message);
        };
        ask();
        return worker;
      },
    }),
  });

  let release = () => null;
  if (window === window.top) {
    const names = ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Worker"];
    const natives = Object.fromEntries(names.map((name) => [name, window[name]]));
    const ours = replacements(natives);
    Object.assign(window, ours);
    // Gives the page the browser's functions back, but for those it has replaced itself.
    release = () => {
      isReleased = true;
      for (const name of names) {
        if (window[name] === ours[name]) window[name] = natives[name];
      }
      awaited.clear();
      firstDue.clear();
      return null;
    };
  }

  // What is still awaited, in words, and a number that changes with whatever happens.
  const pending = () => {
    const what = new Set();
    for (const [key, entry] of awaited) {
      if (entry.until >= now()) what.add(entry.what);
      else end(key);
    }
    if (document.readyState !== "complete") what.add("the load event");
    if (document.fonts?.status === "loading") what.add("fonts");
    if (document.querySelector('script[type^="text/hf-after-fonts"]')) {
      what.add("scripts that follow fonts");
    }
    return { awaited: [...what].slice(0, NAMED), events };
  };

  return { pending, release };
});
