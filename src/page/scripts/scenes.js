// Scenes that transitions join: which transitions there are, and, while one runs, the page with
// only one of its two scenes on it, or with only what lies above both.
(() => {
  const DEFAULT_SECONDS = 0.7;
  const MARK = "data-hf-native-scene";
  const PLATE = "data-hf-native-plate";
  const STILL = "data-hf-native-still";

  // The library is told of bgColor and accents only in this call, and publishes only times.
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

  // For the host, which does the arithmetic.
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

  const sheet = new CSSStyleSheet();
  // Marks count at once: a page's own `transition` would outrank them while it runs.
  sheet.replaceSync(`
    html[${STILL}] *, html[${STILL}] *::before, html[${STILL}] *::after {
      transition: none !important;
    }
    [${MARK}~="hidden"], [${MARK}~="hidden"] *,
    [${MARK}~="hidden"]::before, [${MARK}~="hidden"]::after,
    [${MARK}~="no-before"]::before, [${MARK}~="no-after"]::after {
      visibility: hidden !important;
    }
    [${MARK}~="shown"] { visibility: visible !important; opacity: 1 !important; }
    [${MARK}~="bare"] {
      background: none !important;
      border-color: transparent !important;
      box-shadow: none !important;
      outline-color: transparent !important;
    }
    html[${PLATE}] { background: var(--hf-native-plate) !important; }
    html[${PLATE}="black"] { --hf-native-plate: #000; }
    html[${PLATE}="white"] { --hf-native-plate: #fff; }
  `);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  const marked = new Set();
  const mark = (element, word) => {
    element.setAttribute(MARK, `${element.getAttribute(MARK) ?? ""} ${word}`.trim());
    marked.add(element);
  };
  const unmark = () => {
    for (const element of marked) element.removeAttribute(MARK);
    marked.clear();
    document.documentElement.removeAttribute(PLATE);
  };

  // Steps in which a stacking context paints (CSS 2.2, appendix E): negative z-index, what is in
  // the flow, then everything else by z-index.
  const IN_FLOW = -0.5;
  const SETS_CONTEXT = {
    opacity: "1",
    transform: "none",
    translate: "none",
    rotate: "none",
    scale: "none",
    filter: "none",
    backdropFilter: "none",
    perspective: "none",
    clipPath: "none",
    maskImage: "none",
    mixBlendMode: "normal",
    isolation: "auto",
  };
  const isAtom = (style, parent) =>
    style.position !== "static" ||
    Object.entries(SETS_CONTEXT).some(([key, plain]) => (style[key] ?? plain) !== plain) ||
    /transform|opacity|filter/.test(style.willChange) ||
    (style.zIndex !== "auto" && /flex|grid/.test(parent));
  const levelOf = (style) => {
    const z = Number.parseInt(style.zIndex, 10);
    return Number.isNaN(z) ? 0 : z;
  };
  const displayOf = (element) => (element ? getComputedStyle(element).display : "");

  // The step in which `scene` paints within an ancestor whose child on the way is `child`.
  const levelBelow = (child, scene) => {
    const path = [];
    for (let element = scene; element !== child; element = element.parentElement) {
      path.push(element);
    }
    for (const element of [child, ...path.reverse()]) {
      const style = getComputedStyle(element);
      if (isAtom(style, displayOf(element.parentElement))) return levelOf(style);
    }
    return IN_FLOW;
  };

  const isAfter = (element, other) =>
    Boolean(other.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);

  const sceneIds = () => new Set(all().flatMap(({ fromScene, toScene }) => [fromScene, toScene]));
  // What is seen of a scene that is a clip itself: a source frame, or its graded picture.
  const standsOf = (scene) => {
    if (scene.localName !== "video") return [];
    const id = window.__hfMediaId(scene);
    const stands = [`__render_frame_${id}__`, `__hf_color_grading_${id}`];
    return stands.map((stand) => document.getElementById(stand)).filter(Boolean);
  };
  const sceneElements = () =>
    [...sceneIds()].map((id) => document.getElementById(id)).filter(Boolean);

  // Sorts what is neither a scene nor around one: `above` both scenes, or not.
  const sort = (scenes) => {
    const around = new Set();
    for (const scene of scenes) {
      for (let at = scene.parentElement; at; at = at.parentElement) around.add(at);
    }
    const own = new Set(sceneElements().flatMap((scene) => [scene, ...standsOf(scene)]));
    const above = [];
    const below = [];
    const isAbove = (level, element, rivals) =>
      rivals.every(({ level: other, child }) =>
        level === other ? isAfter(element, child) : level > other,
      );
    const visit = (element, rivals) => {
      if (/^(?:SCRIPT|STYLE|LINK|META|TEMPLATE|HEAD)$/.test(element.tagName)) return false;
      const style = getComputedStyle(element);
      if (style.display === "none") return false;
      if (isAtom(style, displayOf(element.parentElement))) {
        const high = isAbove(levelOf(style), element, rivals);
        (high ? above : below).push({ element, whole: true });
        return high;
      }
      if (isAbove(IN_FLOW, element, rivals)) {
        above.push({ element, whole: true });
        return true;
      }
      const entry = { element, whole: true };
      below.push(entry);
      // What is in the flow is below, but things in it may float to the top.
      for (const child of element.children) {
        if (visit(child, rivals)) entry.whole = false;
      }
      return !entry.whole;
    };
    const pseudos = [];
    for (const parent of around) {
      const rivals = scenes.flatMap((scene) => {
        let child = scene;
        while (child && child.parentElement !== parent) child = child.parentElement;
        return child ? [{ child, level: levelBelow(child, scene) }] : [];
      });
      for (const child of parent.children) {
        if (!around.has(child) && !own.has(child)) visit(child, rivals);
      }
      for (const which of ["before", "after"]) {
        const style = getComputedStyle(parent, `::${which}`);
        if (style.content === "none" || style.content === "normal") continue;
        const level = isAtom(style, displayOf(parent)) ? levelOf(style) : IN_FLOW;
        const wins = which === "after" ? (a, b) => a >= b : (a, b) => a > b;
        const high = rivals.every((rival) => wins(level, rival.level));
        pseudos.push({ parent, which, high });
      }
    }
    return { around, above, below, pseudos };
  };

  let pair = null;

  // Both scenes of a transition show from here on, as far as scripts and source frames look.
  const enter = ([from, to]) => {
    const scenes = [from, to].map((id) => document.getElementById(id));
    if (scenes.some((scene) => !scene)) return;
    document.documentElement.setAttribute(STILL, "");
    for (const scene of scenes) mark(scene, "shown");
    pair = { from: scenes[0], to: scenes[1], order: null };
  };

  const order = () => {
    pair.order ??= sort([pair.from, pair.to]);
    return pair.order;
  };

  // `from` or `to`: the page with that scene and all that is not above the scenes; `above`: only
  // that, on black, on white or on nothing.
  const show = (part, plate) => {
    if (!pair) return false;
    const { around, above, below, pseudos } = order();
    unmark();
    const kept = part === "above" ? null : pair[part];
    for (const scene of sceneElements()) {
      mark(scene, scene === kept ? "shown" : "hidden");
      if (scene !== kept) for (const stand of standsOf(scene)) mark(stand, "hidden");
    }
    if (kept) {
      for (const { element } of above) mark(element, "hidden");
      for (const { parent, which, high } of pseudos) if (high) mark(parent, `no-${which}`);
      return true;
    }
    for (const { element, whole } of below) mark(element, whole ? "hidden" : "bare");
    for (const { parent, which, high } of pseudos) if (!high) mark(parent, `no-${which}`);
    for (const element of around) mark(element, "bare");
    if (plate) document.documentElement.setAttribute(PLATE, plate);
    return true;
  };

  // A box of no size may hold what is seen: things that are positioned take no room in it.
  const isSeen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    const seen = { opacityProperty: true, visibilityProperty: true };
    if (width > 0 && height > 0 && element.checkVisibility(seen)) return true;
    return Array.from(element.children).some(isSeen);
  };

  const hasAbove = () => {
    if (!pair) return false;
    const { above, pseudos } = order();
    return pseudos.some(({ high }) => high) || above.some(({ element }) => isSeen(element));
  };

  // The page as its scripts made it.
  const leave = () => {
    if (pair) unmark();
    pair = null;
  };
  const letTransitionsRun = () => {
    if (!document.documentElement.hasAttribute(STILL)) return;
    // Looked at once without the marks, so that taking them away starts no transition.
    void document.body.offsetWidth;
    document.documentElement.removeAttribute(STILL);
  };

  // The scene that is on screen outside of transitions stays there to the end, although the clip
  // runtime hides the last one a moment before.
  const settle = (time) => {
    letTransitionsRun();
    if (!configured) return;
    const passed = all().filter((transition) => time >= transition.time + transition.duration);
    const { scenes } = configured;
    const scene = document.getElementById(scenes[Math.min(passed.length, scenes.length - 1)]);
    if (scene?.style.visibility === "hidden") scene.style.visibility = "visible";
  };

  window.__hfNativeScenes = { list, enter, show, hasAbove, leave, settle };
})();
