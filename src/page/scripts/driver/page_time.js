// Brings the page to output frames so that it shows what it would show if it had been played to
// there. Most of a page is a function of time. What is not (transitions, animations that a change
// of class started, handlers of their ends) depends on the frames before, so a page that has such
// things is taken through the frames that it does not show as well.
define("pageTime", (modules) => {
  const { animationClock, animations, config, opening, ownership, seek, smil, starters, trees } =
    modules;
  const rate = config.fps.num / config.fps.den;
  const timeOf = (frame) => frame / rate;

  // The frame that the page shows; none at first.
  let shown;
  // Frames between shown ones are visited too.
  let isStepwise = false;
  // Frames that were visited and not shown.
  let visited = 0;

  // The page stands at its beginning.
  const open = () => {
    ownership.take();
    animationClock.ownCreation();
    trees.findDeclared();
    const all = trees.all();
    isStepwise = starters.mayDepend(all);
    animations.open();
    if (!isStepwise && starters.haveAnimations(all)) opening.watch(all);
  };

  // Upstream's runtime looks for animations when it has sought the timelines.
  const seekUnseen = (hf, time, before) => {
    document.getAnimations = () => {
      animations.enterNew(time, before);
      return animations.forRuntime();
    };
    try {
      seek.seek(hf, time);
    } finally {
      delete document.getAnimations;
    }
  };

  // Plays the page from the shown frame to `frame`. Returns whether animations have begun.
  const step = (hf, frame) => {
    const before = shown === undefined ? -1 : timeOf(shown);
    const time = timeOf(frame);
    const entered = animations.entered();
    // What the page has started since.
    if (isStepwise && shown !== undefined) animations.enterNew(before, before);
    if (animations.advance(time * 1000)) animations.enterNew(time, before);
    smil.show(time, shown === undefined ? undefined : before);
    seekUnseen(hf, time, before);
    animations.enterNew(time, before);
    animations.confirm(time * 1000);
    smil.show(time, shown === undefined ? undefined : before);
    shown = frame;
    return animations.entered() > entered;
  };

  const walk = async (hf, frame) => {
    while (shown === undefined || shown < frame) {
      // What promises of the page do belongs to the frame before.
      await null;
      const next = shown === undefined ? 0 : shown + 1;
      if (next < frame) visited += 1;
      step(hf, next);
    }
  };

  const restart = (hf, frame) => {
    seekUnseen(hf, 0, 0);
    opening.restore();
    animations.close();
    animations.open();
    shown = undefined;
    return walk(hf, frame);
  };

  // Brings the page to `frame`. Returns a promise if that takes more than one step.
  const moveTo = (hf, frame) => {
    if (shown === undefined) open();
    const isNext = frame === (shown ?? -1) + 1;
    if (isNext) {
      if (step(hf, frame)) isStepwise = true;
      return null;
    }
    if (frame <= (shown ?? -1)) return restart(hf, frame);
    if (isStepwise) return walk(hf, frame);
    if (!step(hf, frame)) return null;
    isStepwise = true;
    return restart(hf, frame);
  };

  return { moveTo, visited: () => visited };
});
