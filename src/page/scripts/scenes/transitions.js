// Which transitions the page has: those of upstream's transition library, or those that the page
// publishes itself.
define("transitions", () => {
  const DEFAULT_SECONDS = 0.7;

  // The library gets scenes, background colour and accent only in its `init` call, and publishes
  // times alone; so the call is observed.
  let configured = null;
  const observed = (library) => {
    if (typeof library?.init !== "function") return library;
    return new Proxy(library, {
      get(target, key) {
        const value = target[key];
        if (key !== "init") return value;
        return (config, ...rest) => {
          const timeline = value.call(target, config, ...rest);
          configured = config;
          return timeline;
        };
      },
    });
  };
  let library;
  Object.defineProperty(window, "HyperShader", {
    configurable: true,
    enumerable: true,
    get: () => library,
    set: (value) => {
      library = observed(value);
    },
  });

  const published = () => {
    const list = window.__hf?.transitions;
    return Array.isArray(list) ? list : [];
  };
  const ofLibrary = ({ scenes, transitions }) =>
    transitions.map((transition, i) => ({
      ...transition,
      duration: transition.duration ?? DEFAULT_SECONDS,
      fromScene: scenes[i],
      toScene: scenes[i + 1],
    }));
  const byLibrary = () => (configured?.transitions?.length ?? 0) > 0;
  const all = () => (byLibrary() ? ofLibrary(configured) : published());
  const seconds = (value) => (typeof value === "number" ? value : null);
  const name = (value) => (typeof value === "string" ? value : "");

  // For the host, which computes the frames of each transition.
  const list = () => ({
    byLibrary: byLibrary(),
    accent: name(configured?.accentColor) || null,
    transitions: all().map(({ time, duration, shader, fromScene, toScene }) => ({
      time: seconds(time),
      duration: seconds(duration),
      shader: shader === undefined || shader === null ? null : String(shader),
      fromScene: name(fromScene),
      toScene: name(toScene),
      missing: [fromScene, toScene].filter((id) => !document.getElementById(id)).map(String),
    })),
  });

  const sceneElements = () => {
    const ids = new Set(all().flatMap(({ fromScene, toScene }) => [fromScene, toScene]));
    return [...ids].map((id) => document.getElementById(id)).filter(Boolean);
  };

  // The scene that is on screen at `time`, outside of transitions; null where the library knows
  // none.
  const sceneAt = (time) => {
    if (!configured) return null;
    const passed = all().filter((transition) => time >= transition.time + transition.duration);
    const { scenes } = configured;
    return document.getElementById(scenes[Math.min(passed.length, scenes.length - 1)]);
  };

  return { list, sceneElements, sceneAt };
});
