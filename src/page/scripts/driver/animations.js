// CSS transitions, CSS animations and animations of scripts, each at the local time that it has at
// the composition's. They are paused and sought.
//
// Upstream's runtime seeks those that it found when the page was loaded. They are `theirs`, and only
// their events are sent here (docs/upstream.md#animations).
define("animations", ({ animationClock, animationEvents, clipStart, trees }) => {
  const { clock } = animationClock;
  // By animation, what is known of it.
  const entries = new WeakMap();
  // The entries that time still changes.
  const book = new Set();
  // Those that were cancelled, until that is told and upstream's runtime has forgotten them: it
  // seeks them once more, which would bring them back.
  const cancelled = new Set();
  let entered = 0;
  clock.entryOf = (animation) => entries.get(animation);
  clock.revive = (entry) => {
    cancelled.delete(entry);
    book.add(entry);
  };

  const { getAnimations } = Document.prototype;
  // What `document.getAnimations()` finds, while that is not what Chrome finds.
  let find;
  Document.prototype.getAnimations = function () {
    return find && this === document ? find() : getAnimations.call(this);
  };
  // Calls `work` while scripts get from `document.getAnimations()` what `finder` finds.
  const found = (finder, work) => {
    find = finder;
    try {
      work();
    } finally {
      find = undefined;
    }
  };
  const inTree = (tree) =>
    tree.nodeType === Node.DOCUMENT_NODE ? getAnimations.call(tree) : tree.getAnimations();
  // Brings styles up to date, so that transitions begin.
  const all = () => trees.all().flatMap(inTree);

  const write = (entry) => {
    const timeline = entry.target?.ownerDocument.timeline;
    if (timeline && entry.animation.timeline === timeline) book.add(entry);
  };

  // `animation` began at the composition time `born`, in milliseconds.
  const enter = (animation, born) => {
    const { effect } = animation;
    const { offset, held, start } = animationClock.begin(animation);
    const entry = {
      animation,
      target: effect?.target,
      pseudo: effect?.pseudoElement ?? "",
      isTransition: "transitionProperty" in animation,
      isCss: "animationName" in animation,
      theirs: false,
      isOpening: false,
      born: start ?? born,
      // Local time at `born`, in milliseconds.
      offset,
      // Paused by the page; by a script.
      held,
      isHeldByScript: false,
      hasEnded: false,
      // Its local time when it was cancelled, until that is told.
      gone: undefined,
      // Where its last event was sent.
      place: undefined,
    };
    entries.set(animation, entry);
    entered += 1;
    write(entry);
    return entry;
  };

  // In whole microseconds, as Chrome counts: an end is met that the frames' times meet.
  const localTime = ({ animation, born, held, offset }, now) =>
    held ? offset : Math.round((offset + (now - born) * animation.playbackRate) * 1000) / 1000;

  const isGone = ({ animation }) => animation.playState === "idle" || !animation.effect;

  // Upstream's runtime stops and delays what it knows of but finds no animation for, as in a clip
  // that is not displayed yet. It takes that back when it finds one.
  const undelay = ({ style }) => {
    if (style?.animationPlayState !== "paused" || !style.animationDelay) return;
    style.removeProperty("animation-play-state");
    style.removeProperty("animation-delay");
  };

  // Enters animations that are new since the composition time `before`; both in seconds. An
  // animation of a style sheet that appears with its clip begins when that does.
  const enterNew = (time, before) => {
    for (const animation of all()) {
      if (entries.has(animation)) continue;
      const entry = enter(animation, time * 1000);
      if (!entry.isCss || !entry.target) continue;
      undelay(entry.target);
      const start = clipStart.of(entry.target);
      if (start > before && start <= time) entry.born = start * 1000;
    }
    for (const entry of book) {
      if (!isGone(entry)) continue;
      book.delete(entry);
      entry.gone = localTime(entry, clock.now);
      cancelled.add(entry);
    }
  };

  // Enters the animations of a page that stands at its beginning. Transitions that loading has
  // started are over before anybody plays a page.
  const open = () => {
    for (const animation of all()) {
      if ("transitionProperty" in animation) {
        animationClock.finish(animation);
        continue;
      }
      const entry = entries.get(animation) ?? enter(animation, 0);
      write(entry);
      entry.place = undefined;
      entry.isOpening = true;
      const { target, pseudo, isCss } = entry;
      const isSeen = target?.getRootNode() === document;
      entry.theirs = isSeen && (isCss ? !pseudo : !animationClock.hasStart(animation));
      if (isCss && target) {
        entry.born = clipStart.of(target) * 1000;
        animationClock.seekByRuntime(target);
      }
      // The runtime has paused them all.
      entry.held = false;
    }
    all();
  };

  const isPastEnd = ({ animation: { effect, playbackRate } }, value) => {
    const { endTime } = effect.getComputedTiming();
    if (playbackRate < 0) return value <= 0;
    return playbackRate > 0 && Number.isFinite(endTime) && value >= endTime;
  };

  const place = (entry, now) => {
    const { animation } = entry;
    if (isGone(entry)) return;
    const value = localTime(entry, now);
    if (!entry.held && isPastEnd(entry, value)) {
      if (animation.playState !== "finished") animationClock.finish(animation);
      return;
    }
    if (animation.playState !== "paused") animationClock.pause(animation);
    if (animation.currentTime !== value) animationClock.setCurrentTime(animation, value);
  };

  // Style sheets stop and continue animations by `animation-play-state`, which has no effect on
  // those that a script has paused.
  const followPlayState = (entry, now) => {
    const { animation, target, pseudo } = entry;
    const style = getComputedStyle(target, pseudo || null);
    const names = style.animationName.split(", ");
    const states = style.animationPlayState.split(", ");
    const held = states[Math.max(0, names.lastIndexOf(animation.animationName))] === "paused";
    if (held === entry.held) return;
    entry.offset = localTime(entry, now);
    entry.born = now;
    entry.held = held;
  };

  const sendEvents = (entry, now) => {
    const { animation, theirs } = entry;
    const value = theirs ? animation.currentTime : localTime(entry, now);
    if (value === null || isGone(entry)) return;
    const ends = !entry.held && isPastEnd(entry, value);
    if (entry.isTransition || entry.isCss) animationEvents.advance(entry, value);
    if (!ends || entry.hasEnded) return;
    entry.hasEnded = true;
    // Its promise is fulfilled by this alone.
    if (theirs && !entry.isCss) animationClock.finish(animation);
    animationClock.finished(animation, animation.currentTime);
    // The runtime moves only those of style sheets.
    if (!theirs && !entry.isCss) book.delete(entry);
  };

  // Brings the animations to the composition time `now`, in milliseconds, and sends their events.
  // Returns whether there were any animations: handlers may have started others.
  const advance = (now) => {
    clock.now = now;
    const mine = Array.from(book).filter(({ theirs }) => !theirs);
    for (const entry of mine) place(entry, now);
    for (const entry of cancelled) {
      animationEvents.cancel(entry, entry.gone);
      entry.gone = undefined;
    }
    for (const entry of mine) sendEvents(entry, now);
    return mine.length > 0;
  };

  // After the page was sought to `now`: upstream's runtime may have moved animations of style
  // sheets.
  const confirm = (now) => {
    for (const entry of cancelled) {
      if (!isGone(entry)) animationClock.cancel(entry.animation);
      else if (entry.gone === undefined) cancelled.delete(entry);
    }
    for (const entry of Array.from(book)) {
      if (entry.theirs) {
        sendEvents(entry, now);
        continue;
      }
      if (entry.isCss && !entry.isOpening && !entry.isHeldByScript) followPlayState(entry, now);
      place(entry, now);
    }
  };

  // Shows those that the runtime does not seek at the composition time `now`, in milliseconds, which
  // is near the frame's. Nothing is told and nothing remembered: the next frame places them anew.
  const show = (now) => {
    for (const entry of book) {
      const { animation } = entry;
      if (entry.theirs || isGone(entry)) continue;
      const value = localTime(entry, now);
      const isOver = !entry.held && isPastEnd(entry, value);
      if (isOver && animation.playState === "finished") continue;
      if (animation.playState !== "paused") animationClock.pause(animation);
      if (animation.currentTime !== value) animationClock.setCurrentTime(animation, value);
    }
  };

  // What upstream's runtime may see. It looks once the timelines are sought, and would take over
  // what scripts have just started.
  const forRuntime = () =>
    inTree(document).filter((animation) => {
      const entry = entries.get(animation);
      if (animationClock.isUntimed(animation)) return false;
      return !entry || entry.theirs || entry.isCss;
    });

  return { open, enterNew, found, advance, confirm, show, forRuntime, entered: () => entered };
});
