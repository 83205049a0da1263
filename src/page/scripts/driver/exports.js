// What the host calls on every page.
define("exports", ({ frame, seek, pending, readiness, background }) => {
  window.__hfNative = {
    ...frame,
    ...pending,
    ...readiness,
    ...background,
    seek: (time) => seek.seek(window.__hf, time),
    rootSeek: seek.rootSeek,
  };
});
