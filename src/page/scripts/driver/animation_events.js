// The events of CSS transitions and animations. Chrome sends them when it draws, so a page that is
// brought through frames without drawing them would get them late; here they come with the time.
define("animationEvents", ({ ownership, trees }) => {
  const NAMES = ["run", "start", "end", "cancel"].map((name) => `transition${name}`);
  NAMES.push(...["start", "iteration", "end", "cancel"].map((name) => `animation${name}`));

  const silence = (target) => {
    for (const name of NAMES) target.addEventListener(name, ownership.holdBack, true);
  };
  silence(window);
  // These events do not leave their shadow tree.
  trees.onShadow(silence);

  const NONE = { phase: -1, iteration: 0 };

  // Where `value`, local milliseconds, lies in an effect: before, in or behind its active phase, and
  // in which iteration.
  const placeOf = (value, { delay, activeDuration, duration, iterationStart }) => {
    if (value < delay) return { phase: 0, iteration: 0 };
    if (value >= delay + activeDuration) return { phase: 2, iteration: 0 };
    const iterations = duration > 0 ? (value - delay) / duration : 0;
    return { phase: 1, iteration: Math.floor(iterations + iterationStart) };
  };

  // What happens between two places: names without their kind, and seconds of the effect.
  const between = (isTransition, from, to, timing) => {
    const active = timing.activeDuration / 1000;
    const begin = Math.min(Math.max(-timing.delay / 1000, 0), active);
    const found = [];
    if (isTransition && from.phase < 0) found.push(["run", begin]);
    if (from.phase < 1 && to.phase >= 1) found.push(["start", begin]);
    if (!isTransition && from.phase === 1 && to.phase === 1 && from.iteration !== to.iteration) {
      found.push(["iteration", (to.iteration * timing.duration) / 1000]);
    }
    if (from.phase < 2 && to.phase === 2) found.push(["end", active]);
    return found;
  };

  const dispatch = ({ animation, isTransition, target, pseudo }, name, elapsedTime) => {
    const view = target.ownerDocument.defaultView;
    if (!view) return;
    const common = { bubbles: true, cancelable: true, elapsedTime, pseudoElement: pseudo };
    const { transitionProperty: propertyName, animationName } = animation;
    const event = isTransition
      ? new view.TransitionEvent(`transition${name}`, { ...common, propertyName })
      : new view.AnimationEvent(`animation${name}`, { ...common, animationName });
    target.dispatchEvent(event);
  };

  // Sends what happened to the animation of `entry` until its local time `value`.
  const advance = (entry, value) => {
    const timing = entry.animation.effect.getComputedTiming();
    const from = entry.place ?? NONE;
    const to = placeOf(value, timing);
    entry.place = to;
    if (from.phase === to.phase && from.iteration === to.iteration) return;
    for (const [name, seconds] of between(entry.isTransition, from, to, timing)) {
      dispatch(entry, name, seconds);
    }
  };

  // Sends that the animation of `entry` was cancelled at its local time `value`.
  const cancel = (entry, value) => {
    const { phase } = entry.place ?? NONE;
    entry.place = undefined;
    if (phase === 0 || phase === 1) dispatch(entry, "cancel", Math.max(0, value / 1000));
  };

  return { advance, cancel };
});
