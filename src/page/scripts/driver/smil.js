// Animations of SVG's own (SMIL): the clock of each <svg> is stopped and set.
define("smil", ({ animationClock, clipStart, ownership, trees }) => {
  const NAMES = ["animate", "animateMotion", "animateTransform", "set"];
  const SELECTOR = NAMES.join(", ");
  const collections = NAMES.map((name) => document.getElementsByTagName(name));
  const { pauseAnimations, setCurrentTime, getCurrentTime } = SVGSVGElement.prototype;
  // By <svg>: `start`, the composition time in seconds at which its clock shows 0; `held`, what it
  // shows where the page has stopped it. Each <svg> has a clock of its own, also one inside another.
  const clocks = new WeakMap();

  const now = () => animationClock.clock.now / 1000;
  const clockOf = (svg, start) => {
    const known = clocks.get(svg);
    if (known) return known;
    const clock = { start, held: undefined };
    clocks.set(svg, clock);
    pauseAnimations.call(svg);
    return clock;
  };
  const timeShown = ({ start, held }, time) => held ?? Math.max(0, time - start);
  const set = (svg, clock, time) => setCurrentTime.call(svg, timeShown(clock, time));

  // While a page loads nothing moves, and nothing is told.
  const stopAll = (tree) => {
    for (const svg of tree.querySelectorAll("svg")) pauseAnimations.call(svg);
  };
  document.addEventListener("DOMContentLoaded", () => stopAll(document), { once: true });
  const holdBack = (event) => {
    if (!ownership.isOwned()) event.stopImmediatePropagation();
  };
  for (const name of ["beginEvent", "endEvent", "repeatEvent"]) {
    window.addEventListener(name, holdBack, true);
  }

  // The page stands at its beginning.
  const open = () => {
    for (const tree of trees.all()) {
      for (const svg of tree.querySelectorAll("svg")) {
        const clock = clockOf(svg, 0);
        if (clock.held === undefined) clock.start += clipStart.of(svg);
      }
    }
  };

  // What scripts do to clocks, and at their times. Those of iframes are only followed.
  const wrap = ({ prototype }, methods) => {
    for (const [name, make] of Object.entries(methods)) prototype[name] = make(prototype[name]);
  };
  const atItsTime = (native) =>
    function (...options) {
      const svg = this.ownerSVGElement;
      if (svg && ownership.isOwned()) set(svg, clockOf(svg, now()), now());
      return native.apply(this, options);
    };
  if (window === window.top) {
    wrap(SVGAnimationElement, {
      beginElement: atItsTime,
      beginElementAt: atItsTime,
      endElement: atItsTime,
      endElementAt: atItsTime,
    });
    wrap(SVGSVGElement, {
      pauseAnimations: () =>
        function () {
          const clock = clockOf(this, now());
          clock.held ??= ownership.isOwned() ? timeShown(clock, now()) : getCurrentTime.call(this);
        },
      unpauseAnimations: () =>
        function () {
          const clock = clockOf(this, now());
          if (clock.held !== undefined) clock.start = now() - clock.held;
          clock.held = undefined;
        },
      setCurrentTime: () =>
        function (value) {
          const clock = clockOf(this, now());
          if (clock.held === undefined) clock.start = now() - value;
          else clock.held = Number(value);
          setCurrentTime.call(this, value);
        },
    });
  }

  const animated = (tree) => {
    const found = new Set();
    for (const animation of tree.querySelectorAll(SELECTOR)) {
      if (animation.ownerSVGElement) found.add(animation.ownerSVGElement);
    }
    return found;
  };

  // Shows SVG animations at `time`, in seconds. An <svg> that is new since `before` started then,
  // or with its clip. Returns whether there are any; their events come in tasks of their own.
  const show = (time, before) => {
    const [own, ...others] = trees.all();
    const hasOwn = collections.some(({ length }) => length > 0);
    let isAny = false;
    for (const tree of hasOwn ? [own, ...others] : others) {
      for (const svg of animated(tree)) {
        const start = clocks.has(svg) ? 0 : clipStart.of(svg);
        set(svg, clockOf(svg, start > before ? start : time), time);
        isAny = true;
      }
    }
    return isAny;
  };

  return { open, show };
});
