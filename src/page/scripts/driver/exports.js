// What the host calls on every page.
define("exports", (modules) => {
  const { ahead, background, ownership, pageTime, pending, readiness, sample, seek, trees } =
    modules;
  window.__hfNative = {
    ...ahead,
    ...pending,
    ...readiness,
    ...background,
    ...sample,
    seek: (time) => seek.seek(window.__hf, time),
    rootSeek: seek.rootSeek,
    moveTo: (frame) => pageTime.moveTo(window.__hf, frame),
    visitedFrames: pageTime.visited,
    visitEveryFrame: pageTime.visitEveryFrame,
    visitsEveryFrame: pageTime.visitsAll,
    // For the drivers of iframes, and from them.
    ownsTime: ownership.isOwned,
    trees: trees.all,
  };
});
