// When clips without times of their own are visible: while their scene is not fully transparent.
// Times are in seconds; `step` lies between looks, and edges are found to `precision`.
window.__hfNativeVisibility = ({ duration, step, precision }) => {
  const seek = window.__hfNative.rootSeek();
  if (!seek) return [];
  const isVisible = (scene) => Number.parseFloat(getComputedStyle(scene).opacity) > 0;
  const clips = Array.from(document.querySelectorAll("video[data-hf-auto-start]"), (video) => ({
    id: window.__hfMediaId(video),
    scene: video.closest(".scene") ?? video,
    first: undefined,
    last: undefined,
  })).filter(({ id }) => id);
  for (let time = 0; time <= duration; time += step) {
    seek(time);
    for (const clip of clips) {
      if (!isVisible(clip.scene)) continue;
      clip.first ??= time;
      clip.last = time;
    }
  }
  // The time between `hidden` and `visible` at which the scene changes, by bisection. It is visible
  // at the result.
  const edge = (scene, hidden, visible) => {
    while (Math.abs(visible - hidden) > precision) {
      const middle = (hidden + visible) / 2;
      seek(middle);
      if (isVisible(scene)) visible = middle;
      else hidden = middle;
    }
    return visible;
  };
  const windows = clips
    .filter(({ first }) => first !== undefined)
    .map(({ id, scene, first, last }) => ({
      id,
      start: Math.max(0, edge(scene, Math.max(0, first - step), first)),
      end: Math.min(duration, edge(scene, Math.min(duration, last + step), last)),
    }));
  seek(0);
  return windows;
};
