// Prepares one output frame: the seek, then everything that must settle before the frame is drawn.
define("frame", ({ backgrounds, pageTime, timers }) => {
  // What the host is told of a prepared frame: with HDR sources, how the page is stacked; else
  // whether something lies above the two scenes of the frame's transition. Of those, only the
  // first one is left on the page.
  const answer = (pair, scenes, layers) => {
    if (!pair || !scenes) return layers ? layers.look() : false;
    const hasAbove = scenes.hasAbove();
    if (layers) return { ...layers.look("from"), hasAbove };
    scenes.show("from");
    return hasAbove;
  };

  // `time` in seconds; `number` is the output frame's number and `next` that of the frame this page
  // will be asked for after it, if that is known; `pair` holds the ids of the two scenes that a
  // transition joins in this frame.
  const frame = (time, number, next, pair) => {
    const hf = window.__hf;
    const scenes = window.__hfNativeScenes;
    const layers = window.__hfNativeLayers;
    layers?.leave();
    scenes?.leave();
    const proceed = (refusal) => refusal ?? shown(time, number, next, pair);
    const moving = pageTime.moveTo(hf, number);
    return moving?.then ? moving.then(proceed) : proceed(moving);
  };

  // What must settle once the page was sought.
  const shown = (time, number, next, pair) => {
    const hf = window.__hf;
    const scenes = window.__hfNativeScenes;
    const layers = window.__hfNativeLayers;
    if (pair) scenes?.enter(pair);
    else scenes?.settle(time);
    const pendingBackgrounds = backgrounds.decodeNew();
    const source = window.__hfNativeSource;
    const seekDone = window.__hfWaitForSeekCompletion;
    const luts = hf.colorGrading?.waitForActiveLuts;
    if (!pendingBackgrounds && !source && !seekDone && !luts) return answer(pair, scenes, layers);
    return (async () => {
      await pendingBackgrounds;
      await source?.show(number, time);
      if (seekDone) await timers.during(seekDone());
      await luts?.call(hf.colorGrading);
      if (next !== undefined) source?.prefetch(next);
      return answer(pair, scenes, layers);
    })();
  };

  return { frame };
});
