// When clips without times of their own are seen: while their scene is not fully transparent.
window.__hfNativeVisibility = ({ duration, step, precision }) => {
  const seek = window.__hfNative.rootSeek();
  if (!seek) return [];
  const isSeen = (scene) => Number.parseFloat(getComputedStyle(scene).opacity) > 0;
  const clips = Array.from(document.querySelectorAll("video[data-hf-auto-start]"), (video) => ({
    id: window.__hfMediaId(video),
    scene: video.closest(".scene") ?? video,
    first: undefined,
    last: undefined,
  })).filter(({ id }) => id);
  for (let time = 0; time <= duration; time += step) {
    seek(time);
    for (const clip of clips) {
      if (!isSeen(clip.scene)) continue;
      clip.first ??= time;
      clip.last = time;
    }
  }
  // The moment between `hidden` and `seen` at which it turns, on the side that is seen.
  const edge = (scene, hidden, seen) => {
    while (Math.abs(seen - hidden) > precision) {
      const middle = (hidden + seen) / 2;
      seek(middle);
      if (isSeen(scene)) seen = middle;
      else hidden = middle;
    }
    return seen;
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
