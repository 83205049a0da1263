// What the host polls until the page may be captured.
define("readiness", () => {
  const finite = (value) => (typeof value === "number" && Number.isFinite(value) ? value : 0);

  const state = () => {
    const hf = window.__hf;
    const player = window.__player;
    const timelines = window.__timelines || {};
    const compositions = Array.from(
      document.querySelectorAll("[data-composition-id]:not([data-no-timeline])"),
      (element) => element.getAttribute("data-composition-id"),
    );
    const root = document.querySelector("[data-composition-id]");
    return {
      hasSeek: typeof hf?.seek === "function",
      duration: finite(hf?.duration),
      renderReady: Boolean(window.__renderReady),
      hasPlayer: Boolean(player),
      timelineCount: Object.keys(timelines).length,
      hasComposition: Boolean(root),
      declaredDuration: finite(Number.parseFloat(root?.getAttribute("data-duration") ?? "")),
      missingTimelines: [...new Set(compositions.filter((id) => !(id in timelines)))],
    };
  };

  const awaitedImages = () =>
    Array.from(document.querySelectorAll("img")).filter((image) => {
      const source = image.getAttribute("src");
      return source && !source.startsWith("data:");
    });

  const pendingImages = () =>
    awaitedImages()
      .filter((image) => !image.complete)
      .map((image) => image.src);

  const brokenImages = () =>
    awaitedImages()
      .filter((image) => image.complete && image.naturalWidth === 0)
      .map((image) => image.src);

  // Only complete images: decode() of one that is still loading would not return.
  const decodeImages = () =>
    Promise.all(
      awaitedImages()
        .filter((image) => image.complete && image.naturalWidth > 0)
        .map((image) => image.decode().catch(() => undefined)),
    ).then(() => true);

  const fontsReady = () => (document.fonts ? document.fonts.ready.then(() => true) : true);

  const tailwindReady = () => {
    const ready = window.__tailwindReady;
    return typeof ready?.then === "function" ? ready.then(() => true) : true;
  };

  const MAPS = [
    [".leaflet-container", "Leaflet"],
    [".maplibregl-map", "MapLibre GL"],
    [".mapboxgl-map", "Mapbox GL"],
    [".gm-style", "Google Maps"],
    [".ol-viewport", "OpenLayers"],
  ];
  const liveMaps = () =>
    MAPS.filter(([selector]) => document.querySelector(selector)).map(([, name]) => name);

  return { state, pendingImages, brokenImages, decodeImages, fontsReady, tailwindReady, liveMaps };
});
