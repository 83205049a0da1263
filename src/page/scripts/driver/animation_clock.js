// The time that scripts see of animations. Chrome's timeline follows the wall clock, or stands still
// under BeginFrame control, so scripts are shown the composition's time instead, and what they set
// is kept until the animation is taken over.
define("animationClock", ({ engine, ownership }) => {
  // The composition's time in milliseconds, and the animations that are kept at it.
  const clock = { now: 0, entryOf: () => undefined, revive: () => undefined };
  // By animation, what a script has set: `start`, `current`.
  const authored = new WeakMap();
  const native = {};

  const timeline = Object.getOwnPropertyDescriptor(AnimationTimeline.prototype, "currentTime");
  Object.defineProperty(AnimationTimeline.prototype, "currentTime", {
    ...timeline,
    get() {
      return this === document.timeline ? clock.now : timeline.get.call(this);
    },
  });

  // Elements that had animations of style sheets from the start.
  const sought = new WeakSet();
  const isSought = (entry) =>
    entry.theirs || entry.isOpening || (entry.isCss && sought.has(entry.target));

  // What follows a scroll position, or nothing. Upstream's runtime would stop it.
  const isUntimed = ({ timeline }) => !(timeline instanceof DocumentTimeline);
  const isLeftAlone = (animation) => isUntimed(animation) && engine.calls();

  // Begins a taken over animation again where it stands. Upstream's runtime also sets those of style
  // sheets, and those that the page had from the start, which must not count.
  const rebase = (animation, held) => {
    const entry = clock.entryOf(animation);
    if (!entry || isSought(entry) || (entry.isCss && engine.calls())) return;
    entry.offset = native.currentTime.get.call(animation) ?? 0;
    entry.born = clock.now;
    if (held !== undefined) {
      // Style sheets have no say any more.
      Object.assign(entry, { held, isHeldByScript: true });
    }
    entry.hasEnded = false;
    clock.revive(entry);
  };

  const wrapMethod = (name, held) => {
    native[name] = Animation.prototype[name];
    Animation.prototype[name] = function (...options) {
      if (isLeftAlone(this)) return undefined;
      const result = native[name].apply(this, options);
      rebase(this, held);
      return result;
    };
  };
  wrapMethod("pause", true);
  wrapMethod("play", false);
  wrapMethod("reverse", false);
  wrapMethod("finish");
  wrapMethod("updatePlaybackRate");

  const wrapProperty = (name, set, get) => {
    const own = Object.getOwnPropertyDescriptor(Animation.prototype, name);
    native[name] = own;
    Object.defineProperty(Animation.prototype, name, {
      ...own,
      get() {
        return get ? get(this) : own.get.call(this);
      },
      set(value) {
        if (isLeftAlone(this)) return;
        own.set.call(this, value);
        set(this, value);
      },
    });
  };
  const note = (animation, name, value) =>
    authored.set(animation, { ...authored.get(animation), [name]: value });
  wrapProperty("playbackRate", (animation) => rebase(animation));
  wrapProperty("currentTime", (animation, value) => {
    note(animation, "current", value);
    rebase(animation);
  });
  wrapProperty(
    "startTime",
    (animation, value) => {
      note(animation, "start", value ?? undefined);
      const entry = clock.entryOf(animation);
      if (!entry || entry.theirs || value === null) return;
      Object.assign(entry, { born: value, offset: 0, held: false, hasEnded: false });
      clock.revive(entry);
    },
    (animation) => {
      const entry = clock.entryOf(animation);
      if (!entry || entry.theirs) return native.startTime.get.call(animation);
      return entry.held ? null : entry.born - entry.offset / animation.playbackRate;
    },
  );

  // Chrome's own event comes when it draws, which is too late.
  const withFinish = new WeakSet();
  const { animate } = Element.prototype;
  Element.prototype.animate = function (...options) {
    const animation = animate.apply(this, options);
    withFinish.add(animation);
    animation.addEventListener("finish", ownership.holdBack);
    return animation;
  };
  const ownAnimate = Element.prototype.animate;
  // Takes upstream's wrapper off, which would seek what is created from now on.
  const ownCreation = () => {
    Element.prototype.animate = ownAnimate;
  };

  const finished = (animation, currentTime) => {
    if (!withFinish.has(animation)) return;
    const view = animation.effect?.target?.ownerDocument.defaultView ?? window;
    const times = { currentTime, timelineTime: clock.now };
    animation.dispatchEvent(new view.AnimationPlaybackEvent("finish", times));
  };

  // How a new animation begins: its local time in milliseconds, whether it is paused, and the
  // composition time that a script gave it to start at, if one did.
  const begin = (animation) => {
    if ("transitionProperty" in animation || "animationName" in animation) {
      return { offset: 0, held: false };
    }
    const { start, current } = authored.get(animation) ?? {};
    if (Number.isFinite(start)) return { offset: 0, held: false, start };
    const first = animation.playbackRate < 0 ? animation.effect.getComputedTiming().endTime : 0;
    return { offset: current ?? first, held: animation.playState === "paused" };
  };

  return {
    clock,
    isUntimed,
    seekByRuntime: (target) => sought.add(target),
    begin,
    finished,
    ownCreation,
    hasStart: (animation) => Number.isFinite(authored.get(animation)?.start),
    pause: (animation) => native.pause.call(animation),
    finish: (animation) => native.finish.call(animation),
    cancel: (animation) => Animation.prototype.cancel.call(animation),
    setCurrentTime: (animation, value) => native.currentTime.set.call(animation, value),
  };
});
