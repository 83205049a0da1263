// The host's side of the page: one call per frame, one call per readiness poll.
(() => {
  const decoded = new Set();
  const lastSeen = new WeakMap();
  const urlToken = /url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^)"']*))\s*\)/g;

  const backgroundUrls = (value) =>
    Array.from(value.matchAll(urlToken), (match) =>
      (match[1] ?? match[2] ?? match[3] ?? "").trim().replace(/\\(.)/g, "$1"),
    ).filter(Boolean);

  // A background set from script is not decoded when the frame is drawn, unless asked for.
  const decodeNewBackgrounds = () => {
    const loads = [];
    for (const element of document.querySelectorAll('[style*="background"]')) {
      const value = element.style.backgroundImage;
      if (!value || lastSeen.get(element) === value) continue;
      lastSeen.set(element, value);
      for (const url of backgroundUrls(value)) {
        if (decoded.has(url)) continue;
        const image = new Image();
        image.src = url;
        loads.push(
          image.decode().then(
            () => decoded.add(url),
            () => lastSeen.delete(element),
          ),
        );
      }
    }
    return loads.length > 0 ? Promise.all(loads) : null;
  };

  // The runtime draws graded elements on every seek, and once more when their tables are there.
  // Without a GPU each drawing takes long, and only the last one is seen.
  const seek = (hf, time) => {
    const grading = hf.colorGrading;
    if (!grading?.redraw || !grading.waitForActiveLuts) return hf.seek(time);
    const { redraw } = grading;
    grading.redraw = () => 0;
    try {
      return hf.seek(time);
    } finally {
      grading.redraw = redraw;
    }
  };

  // Seek, then everything that must settle before the frame is drawn, in this order. `number` is
  // the frame's and `next` that of the frame this page will be asked for after it, if any; `pair`
  // are the ids of the two scenes that a transition joins in it. True when it has more to show
  // than those; of pages with HDR sources, how they are stacked.
  const frame = (time, number, next, pair) => {
    const hf = window.__hf;
    const scenes = window.__hfNativeScenes;
    const layers = window.__hfNativeLayers;
    layers?.leave();
    scenes?.leave();
    seek(hf, time);
    if (pair) scenes?.enter(pair);
    else scenes?.settle(time);
    const part = () => {
      if (!pair || !scenes) return layers ? layers.look() : false;
      const more = scenes.hasAbove();
      if (layers) return { ...layers.look("from"), hasAbove: more };
      scenes.show("from");
      return more;
    };
    const backgrounds = decodeNewBackgrounds();
    const source = window.__hfNativeSource;
    const seekDone = window.__hfWaitForSeekCompletion;
    const luts = hf.colorGrading?.waitForActiveLuts;
    if (!backgrounds && !source && !seekDone && !luts) return part();
    return (async () => {
      await backgrounds;
      await source?.show(number, time);
      await seekDone?.();
      await luts?.call(hf.colorGrading);
      if (next !== undefined) source?.prefetch(next);
      return part();
    })();
  };

  const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : 0);

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
      duration: number(hf?.duration),
      renderReady: Boolean(window.__renderReady),
      hasPlayer: Boolean(player),
      timelineCount: Object.keys(timelines).length,
      hasComposition: Boolean(root),
      declaredDuration: number(Number.parseFloat(root?.getAttribute("data-duration") ?? "")),
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

  // decode() of an image still in flight would hang, hence only complete ones.
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

  const maps = [
    [".leaflet-container", "Leaflet"],
    [".maplibregl-map", "MapLibre GL"],
    [".mapboxgl-map", "Mapbox GL"],
    [".gm-style", "Google Maps"],
    [".ol-viewport", "OpenLayers"],
  ];
  const liveMaps = () =>
    maps.filter(([selector]) => document.querySelector(selector)).map(([, name]) => name);

  // Transparent output shows what the composition itself paints, and no page around it.
  const clearBackground = () => {
    const style = document.createElement("style");
    style.id = "__hf_native_clear_background__";
    style.textContent = `html, body {
      background: transparent !important;
    }`;
    document.head.appendChild(style);
    return true;
  };

  const SOLID = /^rgb\([^/)]*\)$/;
  const GRADIENT = /^(?:linear|radial|conic)-gradient\((?:(?!rgba|transparent|color|url|\/).)*\)$/;
  const PLAIN = {
    opacity: "1",
    visibility: "visible",
    filter: "none",
    maskImage: "none",
    clipPath: "none",
    mixBlendMode: "normal",
    transform: "none",
    perspective: "none",
    rotate: "none",
    scale: "none",
    translate: "none",
    contentVisibility: "visible",
  };

  const isPlain = (style) =>
    Object.entries(PLAIN).every(([name, value]) => (style[name] ?? value) === value);

  const isSolid = (style) =>
    SOLID.test(style.backgroundColor) ||
    (GRADIENT.test(style.backgroundImage) &&
      style.backgroundSize === "auto" &&
      style.backgroundRepeat === "repeat" &&
      style.backgroundAttachment === "scroll");

  // True when the composition's own background surely covers the page: nothing shows through it,
  // whatever is drawn on top. False when in doubt.
  const isOpaque = () => {
    const root = document.querySelector("[data-composition-id]");
    if (!root) return false;
    const style = getComputedStyle(root);
    const { left, top, right, bottom } = root.getBoundingClientRect();
    if (left > 0 || top > 0 || right < innerWidth || bottom < innerHeight) return false;
    if (style.borderRadius !== "0px" || style.backgroundClip !== "border-box") return false;
    if (!isSolid(style)) return false;
    for (let element = root; element; element = element.parentElement) {
      if (!isPlain(getComputedStyle(element))) return false;
    }
    return true;
  };

  // The seek of the outermost composition's timeline, past the runtime; nothing without one.
  const rootSeek = () => {
    const root = document.querySelector("[data-composition-id]");
    const timeline = window.__timelines?.[root?.getAttribute("data-composition-id")];
    if (!timeline) return undefined;
    return (time) => {
      if (typeof timeline.totalTime === "function") timeline.totalTime(time, true);
      else if (typeof timeline.seek === "function") timeline.seek(time, true);
    };
  };

  window.__hfNative = {
    frame,
    rootSeek,
    clearBackground,
    isOpaque,
    state,
    pendingImages,
    brokenImages,
    decodeImages,
    fontsReady,
    tailwindReady,
    liveMaps,
  };
})();
