// Source frames: a stand-in of each clip's <video> shows the frame that is due. The order of the
// steps in one output frame, and what the driver calls.
define("schedule", (modules) => {
  const { config, clips, visibility, shadowTrees, standIn, styleMirror, tilt, boxes } = modules;
  const { fetch, draw, textures } = modules;

  const setSourceVisibility = (video, isVisible) =>
    window.__hf?.colorGrading?.setSourceVisibility?.(video, isVisible);

  const hideClip = (clip, video) => {
    standIn.hide(clip, video);
    setSourceVisibility(video, false);
  };

  // Videos that the compile stage left out never show.
  const hideOtherVideos = () => {
    for (const video of document.querySelectorAll("video[data-start]")) {
      if (!clips.ofVideo(video) && !window.__hfNativeLayers?.owns(video)) visibility.hide(video);
    }
  };

  // The clips that show in this frame, each with the box of its video; hides the others.
  const measureShown = (items) => {
    const shown = [];
    const known = new Map();
    const tiltedRects = tilt.tiltedRects(known);
    hideOtherVideos();
    for (const clip of clips.all) {
      const video = clips.videoOf(clip);
      if (!video) continue;
      if (!items.has(clip.number) || visibility.isHiddenByAncestor(video)) hideClip(clip, video);
      else shown.push([clip, boxes.measure(video, tiltedRects, known)]);
    }
    return shown;
  };

  const videos = () => clips.all.map(clips.videoOf).filter(Boolean);

  const show = async (frame, time) => {
    const batch = await fetch.receive(frame);
    await shadowTrees.open(videos());
    visibility.adoptSheet();
    const shown = measureShown(batch.items);
    for (const [clip, box] of shown) {
      standIn.provide(clip, clip.video, box);
      const pending = clips.showPoster(clip.video, box.mayFollowSource);
      if (pending) await pending;
      if (!box.isBeside) continue;
      visibility.hide(clip.video);
      styleMirror.apply(clip, box.styles);
    }
    let drawn = await draw.drawAll(frame, shown, batch);
    // Calls the video frame callbacks of the page; returns how many clips had any.
    const notify = () =>
      shown.filter(([clip]) => clips.present(clip.video, drawn.has(clip))).length;
    for (const [clip] of shown) {
      standIn.reveal(clip);
      setSourceVisibility(clip.video, true);
    }
    const grading = window.__hf?.colorGrading;
    // Where the driver waits for the grading's tables, that draws what is graded as well.
    if (shown.length > 0 && !grading?.waitForActiveLuts) grading?.redraw?.();
    const usedBefore = textures.used();
    if (notify() + drawn.size === 0) return;
    window.__hfReseekGpu?.(time);
    if (textures.used() > usedBefore) {
      // A script used a frame that may be halved as its texture: it gets whole ones from now on.
      drawn = await draw.drawAll(frame, shown, await fetch.request(frame, clips.all, true));
      if (notify() + drawn.size > 0) window.__hfReseekGpu?.(time);
    }
  };

  // Stand-ins are there before the first frame: adding them later would make Chrome lay out and
  // layer the page anew.
  const prepare = async () => {
    await shadowTrees.open(videos());
    const known = new Map();
    const tiltedRects = tilt.tiltedRects(known);
    const measured = clips.all
      .filter(clips.videoOf)
      .map((clip) => [clip, boxes.measure(clip.video, tiltedRects, known)]);
    for (const [clip, box] of measured) standIn.provide(clip, clip.video, box);
  };

  // Without an address there are no frames to show: such a page is only asked about its content.
  if (!config.url) return;
  document.addEventListener("DOMContentLoaded", prepare, { once: true });
  textures.install();
  window.__hfNativeSource = {
    show,
    prefetch: fetch.prefetch,
    questions: shadowTrees.questions,
  };
});
