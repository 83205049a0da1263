// Bounds what a page says to its console. Every line goes to the host with its arguments and its stack,
// and Chrome answers nothing else meanwhile: a page that logs for ever gets no frame done. Lines beyond
// a burst and a rate are left out, and told as one line with their number.
(() => {
  const BURST = 1000;
  const PER_SECOND = 200;
  // Once closed, until there is room for so many again.
  const REOPENS_AT = 100;
  // Lines of HyperFrames and of the engine, by which failures are known, have room of their own.
  const OURS = /^\[hyperframes/i;
  // What the page's own clock becomes later is not the time that Chrome takes.
  const now = performance.now.bind(performance);
  const warn = console.warn.bind(console);

  const limiter = (what) => {
    let room = BURST;
    let filledAt = now();
    let leftOut = 0;
    const admits = () => {
      const time = now();
      room = Math.min(BURST, room + ((time - filledAt) / 1000) * PER_SECOND);
      filledAt = time;
      if (room < (leftOut > 0 ? REOPENS_AT : 1)) {
        leftOut += 1;
        return false;
      }
      room -= 1;
      return true;
    };
    return (say) => {
      if (!admits()) return;
      if (leftOut > 0)
        warn(`[hyperframes-native] ${leftOut} ${what} were left out: the page logs too much`);
      leftOut = 0;
      say();
    };
  };

  const ours = limiter("lines of HyperFrames");
  const errors = limiter("errors");
  const others = limiter("lines of the console");
  // Those that say something; the rest measures time or makes something.
  const NAMES = [
    ...["assert", "clear", "count", "countReset", "debug", "dir", "dirxml", "error", "group"],
    ...[
      "groupCollapsed",
      "groupEnd",
      "info",
      "log",
      "table",
      "timeEnd",
      "timeLog",
      "trace",
      "warn",
    ],
  ];
  for (const name of NAMES) {
    const original = console[name];
    if (typeof original !== "function") continue;
    const usual = name === "error" ? errors : others;
    const limited = {
      [name](...args) {
        if (name === "assert" && args[0]) return;
        const limit = typeof args[0] === "string" && OURS.test(args[0]) ? ours : usual;
        limit(() => original.apply(console, args));
      },
    };
    console[name] = limited[name];
  }
})();
