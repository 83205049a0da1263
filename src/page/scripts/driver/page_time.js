// Brings the page to output frames so that it shows what it would show if it had been played to
// there. Most of a page is a function of time. What is not (transitions, animations that a change
// of class started, handlers of their ends) depends on the frames before, so a page that has such
// things is taken through the frames that it does not show as well.
define("pageTime", (modules) => {
  const { animationClock, animations, config, ownership, seek, smil, starters } = modules;
  const { timers, trees, viewTransitions } = modules;
  // What the host is told where the page is not at the frame: only a page that is opened again can be
  // brought there, as what scripts have done cannot be taken back; or a frame before has to be drawn.
  const OPEN_AGAIN = "openAgain";
  const DRAW = "draw";
  const rate = config.fps.num / config.fps.den;
  const timeOf = (frame) => frame / rate;

  // The frame that the page shows; none at first.
  let shown;
  // Frames between shown ones are visited too.
  let isStepwise = false;
  // Frames that were visited and not shown.
  let visited = 0;
  // Events of the shown frame are still to come.
  let tellsLater = false;

  // The page stands at its beginning.
  const open = () => {
    ownership.take();
    animationClock.ownCreation();
    trees.findDeclared();
    isStepwise ||= starters.mayDepend(trees.all());
    animations.open();
    smil.open();
  };

  // Upstream's runtime looks for animations when it has sought the timelines.
  const seekUnseen = (hf, time, before) => {
    const find = () => {
      animations.enterNew(time, before);
      return animations.forRuntime();
    };
    animations.found(find, () => seek.seek(hf, time));
  };

  const enterAt = (ms) => animations.enterNew(ms / 1000, ms / 1000);

  // How much the page has started so far that goes on by itself.
  const started = () => animations.entered() + timers.wereSet() + viewTransitions.begun();

  // Plays the page from the shown frame to `frame`.
  const step = (hf, frame) => {
    const before = shown === undefined ? -1 : timeOf(shown);
    const time = timeOf(frame);
    // What the page has started since.
    if (isStepwise && shown !== undefined) animations.enterNew(before, before);
    timers.run(time * 1000, enterAt);
    if (animations.advance(time * 1000)) animations.enterNew(time, before);
    smil.show(time, before);
    seekUnseen(hf, time, before);
    animations.enterNew(time, before);
    animations.confirm(time * 1000);
    tellsLater = smil.show(time, before);
    shown = frame;
  };

  // Lets tasks run that are due.
  const channel = new MessageChannel();
  const task = () =>
    new Promise((resolve) => {
      channel.port1.onmessage = resolve;
      channel.port2.postMessage(null);
    });

  const walk = async (hf, frame) => {
    while (shown === undefined || shown < frame) {
      // What promises of the page do belongs to the frame before.
      await null;
      const next = shown === undefined ? 0 : shown + 1;
      if (next < frame) visited += 1;
      step(hf, next);
      if (tellsLater) await task();
      if (viewTransitions.areActive() && next < frame) return DRAW;
    }
    return null;
  };

  // Brings the page to `frame`. Returns nothing or what the host is told, or a promise of it.
  const moveTo = (hf, frame) => {
    const changes = viewTransitions.changes();
    return changes ? timers.during(changes).then(() => move(hf, frame)) : move(hf, frame);
  };

  const move = (hf, frame) => {
    if (shown === undefined) open();
    const before = shown ?? -1;
    if (frame <= before) return OPEN_AGAIN;
    if (isStepwise && frame > before + 1) return walk(hf, frame);
    const count = started();
    step(hf, frame);
    if (started() > count) {
      isStepwise = true;
      if (frame > before + 1) return OPEN_AGAIN;
    }
    return tellsLater ? task().then(() => null) : null;
  };

  // Of a page that was opened again.
  const visitEveryFrame = () => {
    isStepwise = true;
    return true;
  };

  return { moveTo, visitEveryFrame, visited: () => visited, visitsAll: () => isStepwise };
});
