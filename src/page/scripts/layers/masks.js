// The page with only one of its layers on it. Elements of other layers are hidden by a style sheet
// and attributes of ours, so that no style that scripts write is touched.
define("masks", ({ timedElements }) => {
  // On an element: the number of its layer. On the root: the number of the shown layer, and
  // whether that has the page's own background.
  const LAYER = "data-hf-native-layer";
  const MASK = "data-hf-native-mask";
  const BASE = "data-hf-native-base";
  const NO_LAYER = "-";

  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  let layersWithRules = 0;
  // Elements of the shown layer do not inherit that an ancestor of another layer is hidden.
  const addRules = (layerCount) => {
    while (layersWithRules < layerCount) {
      const masked = `html[${MASK}="${layersWithRules}"]`;
      const own = `[${LAYER}="${layersWithRules}"]`;
      sheet.insertRule(`${masked} [${LAYER}]:not(${own}) { visibility: hidden !important; }`);
      sheet.insertRule(`${masked} ${own} { visibility: visible !important; }`);
      layersWithRules += 1;
    }
  };
  // A running CSS transition outranks `!important`, so masks count at once only without any.
  sheet.insertRule("*, *::before, *::after { transition: none !important; }");
  const clear = "background: transparent !important; border-color: transparent !important;";
  sheet.insertRule(`html[${MASK}]:not([${BASE}]), html[${MASK}]:not([${BASE}]) body { ${clear} }`);

  const leave = () => {
    document.documentElement.removeAttribute(MASK);
    document.documentElement.removeAttribute(BASE);
  };

  let layers = [];
  const assign = (list) => {
    layers = list;
    leave();
    addRules(list.length);
    const layerOf = new Map();
    list.forEach(({ ids }, layer) => {
      for (const id of ids) layerOf.set(id, layer);
    });
    const base = list.findIndex((layer) => layer.base);
    if (base >= 0) layerOf.set("", base);
    // All elements are read before the first is changed, so that Chrome computes styles once.
    const assigned = timedElements.owners().map(([element, owner]) => {
      const isVisible = getComputedStyle(element).visibility === "visible";
      const layer = isVisible ? layerOf.get(owner) : null;
      return [element, String(layer ?? NO_LAYER)];
    });
    for (const [element, layer] of assigned) {
      if (element.getAttribute(LAYER) !== layer) element.setAttribute(LAYER, layer);
    }
  };

  // Leaves layer `shown` of `list` on the page; without a list, of the last one given.
  const show = (list, shown) => {
    if (list) assign(list);
    const { documentElement } = document;
    documentElement.setAttribute(MASK, String(shown));
    documentElement.toggleAttribute(BASE, layers[shown]?.base === true);
    return true;
  };

  return { show, leave };
});
