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
      startupError: typeof window.__hfStartupError === "string" ? window.__hfStartupError : null,
      missingTimelines: [...new Set(compositions.filter((id) => !(id in timelines)))],
    };
  };

  const addressOf = (image) => image.currentSrc || image.src;

  const awaitedImages = () =>
    Array.from(document.images).filter((image) => {
      const source = image.getAttribute("src");
      return (source || image.srcset) && !source?.startsWith("data:");
    });

  // Images that load when they come near to the viewport, which would be in the middle of a capture.
  const lazy = new Set();
  const loadLazy = () => {
    for (const image of document.querySelectorAll('img[loading="lazy" i]')) {
      if (image.complete) continue;
      lazy.add(image);
      image.loading = "eager";
    }
    for (const image of lazy) {
      if (!image.complete) continue;
      lazy.delete(image);
      image.loading = "lazy";
    }
  };

  const pendingImages = () => {
    loadLazy();
    return awaitedImages()
      .filter((image) => !image.complete)
      .map(addressOf);
  };

  const brokenImages = () =>
    awaitedImages()
      .filter((image) => image.complete && image.naturalWidth === 0)
      .map(addressOf);

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
