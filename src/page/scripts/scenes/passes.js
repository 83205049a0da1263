// The page in the passes of a transition's frame: with only one of the two scenes on it, or with
// only what lies above both. Nothing but attributes of ours is set on the page's elements.
define("passes", ({ transitions, paintingOrder }) => {
  const MARK = "data-hf-native-scene";
  const MATTE = "data-hf-native-matte";
  const STILL = "data-hf-native-still";
  const sheet = new CSSStyleSheet();
  // A running CSS transition outranks `!important`, so marks count at once only without any.
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
    html[${MATTE}] { background: var(--hf-native-matte) !important; }
    html[${MATTE}="black"] { --hf-native-matte: #000; }
    html[${MATTE}="white"] { --hf-native-matte: #fff; }
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
    document.documentElement.removeAttribute(MATTE);
  };

  // The two scenes of the present frame's transition; null outside of transitions.
  let pair = null;

  // Makes both scenes visible to scripts and to the source frames, until the first pass.
  const enter = ([from, to]) => {
    const scenes = [from, to].map((id) => document.getElementById(id));
    if (scenes.some((scene) => !scene)) return;
    document.documentElement.setAttribute(STILL, "");
    for (const scene of scenes) mark(scene, "shown");
    pair = { from: scenes[0], to: scenes[1], order: null };
  };

  const order = () => {
    pair.order ??= paintingOrder.sort([pair.from, pair.to]);
    return pair.order;
  };

  // `from` or `to`: the page with that scene, without what is above the scenes. `above`: only that,
  // on black, on white or on nothing.
  const show = (pass, matte) => {
    if (!pair) return false;
    const { ancestors, above, below, pseudos } = order();
    unmark();
    const kept = pass === "above" ? null : pair[pass];
    for (const scene of transitions.sceneElements()) {
      mark(scene, scene === kept ? "shown" : "hidden");
      if (scene === kept) continue;
      for (const standIn of paintingOrder.standInsOf(scene)) mark(standIn, "hidden");
    }
    const hidePseudos = (hidden) => {
      for (const { parent, which } of pseudos.filter(hidden)) mark(parent, `no-${which}`);
    };
    if (kept) {
      for (const { element } of above) mark(element, "hidden");
      hidePseudos(({ isAbove }) => isAbove);
      return true;
    }
    for (const { element, whole } of below) mark(element, whole ? "hidden" : "bare");
    hidePseudos(({ isAbove }) => !isAbove);
    for (const element of ancestors) mark(element, "bare");
    if (matte) document.documentElement.setAttribute(MATTE, matte);
    return true;
  };

  // An element without a size may still contain visible ones, such as positioned children.
  const isSeen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    const seen = { opacityProperty: true, visibilityProperty: true };
    if (width > 0 && height > 0 && element.checkVisibility(seen)) return true;
    return Array.from(element.children).some(isSeen);
  };

  // Whether anything is visible above the scenes.
  const hasAbove = () => {
    if (!pair) return false;
    const { above, pseudos } = order();
    return pseudos.some(({ isAbove }) => isAbove) || above.some(({ element }) => isSeen(element));
  };

  // The page as its scripts made it.
  const leave = () => {
    if (pair) unmark();
    pair = null;
  };

  const allowTransitions = () => {
    if (!document.documentElement.hasAttribute(STILL)) return;
    // Styles are computed once without the marks, so that removing them starts no CSS transition.
    void document.body.offsetWidth;
    document.documentElement.removeAttribute(STILL);
  };

  // After a seek to `time` outside of transitions. The scene on screen stays to the end, although
  // upstream's runtime hides the last one a moment before.
  const settle = (time) => {
    allowTransitions();
    const scene = transitions.sceneAt(time);
    if (scene?.style.visibility === "hidden") scene.style.visibility = "visible";
  };

  window.__hfNativeScenes = { list: transitions.list, enter, show, hasAbove, leave, settle };
});
