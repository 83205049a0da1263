// What the host calls on every page.
define("exports", ({ frame, seek, readiness, background }) => {
  window.__hfNative = {
    ...frame,
    ...readiness,
    ...background,
    seek: (time) => seek.seek(window.__hf, time),
    rootSeek: seek.rootSeek,
  };
});
