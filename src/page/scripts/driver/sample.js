// Shows the page at times between its frames, for motion blur: without events, and without anything
// that the page would remember. Source frames stay those of the frame.
define("sample", ({ animations, seek, smil, timers }) => {
  // Upstream's runtime rounds times to a grid of so many a frame, which is that of the samples.
  const OPTIONS = { suppressEvents: true, subFrameDivisions: 4096 };

  // `time` in seconds. Returns true, or a promise of it, once everything has settled.
  const sample = (time) => {
    const hf = window.__hf;
    animations.found(animations.forRuntime, () => seek.seek(hf, time, OPTIONS));
    animations.show(time * 1000);
    smil.show(time, time);
    const seekDone = window.__hfWaitForSeekCompletion;
    const luts = hf.colorGrading?.waitForActiveLuts;
    if (!seekDone && !luts) return true;
    return (async () => {
      if (seekDone) await timers.during(seekDone());
      await luts?.call(hf.colorGrading);
      return true;
    })();
  };

  return { sample };
});
