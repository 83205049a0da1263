// Source frames: each clip's <video> stays hidden, and a stand-in beside it shows the frame that is
// due. The order of the steps in one output frame, and what the driver calls.
define("schedule", (modules) => {
  const { config, clips, visibility, standIn, styleMirror, tilt, fetch, draw, textures } = modules;

  const setSourceVisibility = (video, isVisible) =>
    window.__hf?.colorGrading?.setSourceVisibility?.(video, isVisible);

  const hideClip = (clip, video) => {
    visibility.hide(video);
    if (clip.standIn) visibility.hide(clip.standIn);
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
    const tiltedRects = tilt.tiltedRects();
    hideOtherVideos();
    for (const clip of clips.all) {
      const video = clips.videoOf(clip);
      if (!video) continue;
      if (!items.has(clip.number) || visibility.isHiddenByAncestor(video)) hideClip(clip, video);
      else shown.push([clip, styleMirror.measure(video, tiltedRects)]);
    }
    return shown;
  };

  const show = async (frame, time) => {
    const batch = await fetch.receive(frame);
    visibility.adoptSheet();
    const shown = measureShown(batch.items);
    for (const [clip, box] of shown) {
      visibility.hide(clip.video);
      standIn.provide(clip, clip.video, box.isImage);
      styleMirror.apply(clip, box);
    }
    let drawn = await draw.drawAll(frame, shown, batch);
    // Calls the video frame callbacks of the page; returns how many clips had any.
    const notify = () =>
      shown.filter(([clip]) => clips.present(clip.video, drawn.has(clip))).length;
    for (const [clip] of shown) {
      visibility.reveal(clip.standIn);
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
  const prepare = () => {
    for (const clip of clips.all) {
      const video = clips.videoOf(clip);
      if (!video) continue;
      standIn.provide(clip, video, styleMirror.isGraded(video));
      visibility.hide(video);
    }
  };

  // Without an address there are no frames to show: such a page is only asked about its content.
  if (!config.url) return;
  document.addEventListener("DOMContentLoaded", prepare, { once: true });
  textures.install();
  window.__hfNativeSource = { show, prefetch: fetch.prefetch };
});
