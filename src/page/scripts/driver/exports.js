// What the host calls on every page.
define("exports", ({ frame, seek, pending, readiness, background }) => {
  window.__hfNative = {
    ...frame,
    ...pending,
    ...readiness,
    ...background,
    rootSeek: seek.rootSeek,
  };
});
