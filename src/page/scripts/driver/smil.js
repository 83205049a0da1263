// Animations of SVG's own (SMIL): the clock of each <svg> is stopped and set.
define("smil", ({ clipStart, trees }) => {
  const NAMES = ["animate", "animateMotion", "animateTransform", "set"];
  const SELECTOR = NAMES.join(", ");
  const collections = NAMES.map((name) => document.getElementsByTagName(name));
  // By <svg>, the composition time in seconds at which its clock shows 0.
  const starts = new WeakMap();

  const clocksIn = (tree) => {
    const clocks = new Set();
    for (const animation of tree.querySelectorAll(SELECTOR)) {
      // Each <svg> has a clock of its own, also one inside another.
      if (animation.ownerSVGElement) clocks.add(animation.ownerSVGElement);
    }
    return clocks;
  };

  // Shows SVG animations at `time`, in seconds. An <svg> that is new since `before` started then,
  // or with its clip.
  const show = (time, before) => {
    const [own, ...others] = trees.all();
    const hasOwn = collections.some(({ length }) => length > 0);
    for (const tree of hasOwn ? [own, ...others] : others) {
      for (const svg of clocksIn(tree)) {
        if (!starts.has(svg)) {
          const start = clipStart.of(svg);
          starts.set(svg, before === undefined || start > before ? start : time);
          svg.pauseAnimations();
        }
        svg.setCurrentTime(Math.max(0, time - starts.get(svg)));
      }
    }
  };

  return { show };
});
