// Takes the composition to a time.
define("seek", () => {
  // Upstream's runtime draws graded elements on every seek, and again when their colour tables have
  // loaded. A drawing is slow without a GPU, and only the last one is seen.
  const seek = (hf, time, options) => {
    const grading = hf.colorGrading;
    if (!grading?.redraw || !grading.waitForActiveLuts) return hf.seek(time, options);
    const { redraw } = grading;
    grading.redraw = () => 0;
    try {
      return hf.seek(time, options);
    } finally {
      grading.redraw = redraw;
    }
  };

  // A function that seeks the outermost composition's timeline without the runtime; undefined when
  // there is no timeline.
  const rootSeek = () => {
    const root = document.querySelector("[data-composition-id]");
    const timeline = window.__timelines?.[root?.getAttribute("data-composition-id")];
    if (!timeline) return undefined;
    return (time) => {
      if (typeof timeline.totalTime === "function") timeline.totalTime(time, true);
      else if (typeof timeline.seek === "function") timeline.seek(time, true);
    };
  };

  return { seek, rootSeek };
});
