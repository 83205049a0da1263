// HDR sources: they are drawn by the host, so the page never shows them. The host asks which timed
// elements there are and how they are stacked, and photographs the others in layers.
(() => {
  const config = window.__hfNativeHdr;
  if (!config) return;
  const LAYER = "data-hf-native-layer";
  const MASK = "data-hf-native-mask";
  const BASE = "data-hf-native-base";
  const NOWHERE = "-";
  const STAND = /^__(?:render_frame_(.*)__|hf_color_grading_(.*))$/;

  const sources = new Map(config.map((source) => [source.id, source]));
  const idOf = (element) => window.__hfMediaId(element);
  const owns = (element) => sources.has(idOf(element));

  // Elements of a layer that are not the shown one are hidden, and those of the shown one do not
  // inherit it. A style sheet, so that no style that scripts write is touched.
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  let rules = 0;
  const needRules = (count) => {
    while (rules < count) {
      const shown = `html[${MASK}="${rules}"]`;
      sheet.insertRule(
        `${shown} [${LAYER}]:not([${LAYER}="${rules}"]) { visibility: hidden !important; }`,
      );
      sheet.insertRule(`${shown} [${LAYER}="${rules}"] { visibility: visible !important; }`);
      rules += 1;
    }
  };
  // Masks count at once: a page's own `transition` would outrank them while it runs.
  sheet.insertRule("*, *::before, *::after { transition: none !important; }");
  const clear = "background: transparent !important; border-color: transparent !important;";
  sheet.insertRule(`html[${MASK}]:not([${BASE}]), html[${MASK}]:not([${BASE}]) body { ${clear} }`);

  window.__hfNativeStubVideo((video) => sources.get(idOf(video)));

  const number = (text) => Number.parseFloat(text) || 0;
  const rounded = ({ x, y, width, height }) => ({
    x: Math.round(x),
    y: Math.round(y),
    width: Math.round(width),
    height: Math.round(height),
  });
  function* upwards(element) {
    for (let at = element; at; at = at.parentElement) yield [at, getComputedStyle(at)];
  }

  const zIndexOf = (element) => {
    for (const [, { position, zIndex }] of upwards(element)) {
      const z = Number.parseInt(zIndex, 10);
      if (position !== "static" && !Number.isNaN(z)) return z;
    }
    return 0;
  };

  const opacityOf = (element) => {
    let opacity = 1;
    for (const [, style] of upwards(element)) {
      const own = Number.parseFloat(style.opacity);
      if (!Number.isNaN(own)) opacity *= own;
    }
    return opacity;
  };

  const hasSize = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0;
  };
  const shows = (element) => getComputedStyle(element).visibility === "visible" && hasSize(element);
  // A box of no size may hold what is seen: things that are positioned take no room in it.
  const holdsSomething = (element) =>
    shows(element) || (!hasSize(element) && Array.from(element.children).some(holdsSomething));

  const CORNERS = ["TopLeft", "TopRight", "BottomRight", "BottomLeft"];
  const radiiOf = (element, style) => {
    const side = Math.min(element.offsetWidth || 0, element.offsetHeight || 0);
    const pixels = (value) => (value.includes("%") ? (number(value) / 100) * side : number(value));
    return CORNERS.map((corner) => pixels(style[`border${corner}Radius`]));
  };
  // Its own corners, or those of the nearest ancestor that cuts it off.
  const cornersOf = (element) => {
    for (const [at, style] of upwards(element)) {
      if (at !== element && style.overflow === "visible") continue;
      const radii = radiiOf(at, style);
      if (radii.some((radius) => radius > 0)) return radii;
    }
    return [0, 0, 0, 0];
  };

  const clipOf = (element) => {
    let clip = null;
    for (const [at, { overflow }] of upwards(element.parentElement)) {
      if (overflow !== "hidden" && overflow !== "clip") continue;
      const rect = rounded(at.getBoundingClientRect());
      if (!clip) {
        clip = rect;
        continue;
      }
      const [x, y] = [Math.max(clip.x, rect.x), Math.max(clip.y, rect.y)];
      const right = Math.min(clip.x + clip.width, rect.x + rect.width);
      const bottom = Math.min(clip.y + clip.height, rect.y + rect.height);
      clip = { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
    }
    return clip;
  };

  // `translate`, `rotate` and `scale`, in the order in which CSS applies them; null without any.
  const separateTransforms = ({ translate, rotate, scale }) => {
    const words = (value) => (value && value !== "none" ? value.split(/\s+/) : null);
    const [move, turn, size] = [words(translate), words(rotate), words(scale)];
    if (!move && !turn && !size) return null;
    let matrix = new DOMMatrix();
    if (move) matrix = matrix.translate(number(move[0]), number(move[1] ?? "0"));
    if (turn) matrix = matrix.rotate(number(turn[turn.length - 1]));
    if (size) matrix = matrix.scale(number(size[0]), number(size[1] ?? size[0]));
    return matrix;
  };

  // From the element's own pixels to the page's, whatever its ancestors do.
  const matrixOf = (element) => {
    const chain = [];
    for (let at = element; at instanceof HTMLElement; ) {
      chain.unshift(at);
      const next = at.offsetParent ?? at.parentElement;
      if (next === at) break;
      at = next;
    }
    let matrix = new DOMMatrix();
    for (const at of chain) {
      matrix = matrix.translate(at.offsetLeft, at.offsetTop);
      const style = getComputedStyle(at);
      const separate = separateTransforms(style);
      const whole = style.transform !== "none" ? style.transform : null;
      if (!separate && !whole) continue;
      const [x, y] = style.transformOrigin.split(" ").map(number);
      matrix = matrix.translate(x, y);
      if (separate) matrix = matrix.multiply(separate);
      if (whole) matrix = matrix.multiply(new DOMMatrix(whole));
      matrix = matrix.translate(-x, -y);
    }
    return matrix.toString();
  };

  const recordOf = (element, id) => {
    const rect = rounded(element.getBoundingClientRect());
    const isHdr = sources.has(id);
    const stand = isHdr ? null : document.getElementById(`__render_frame_${id}__`);
    const record = {
      id,
      ...rect,
      zIndex: zIndexOf(element),
      layoutWidth: element.offsetWidth || rect.width,
      layoutHeight: element.offsetHeight || rect.height,
      opacity: opacityOf(element),
      visible: isHdr ? shows(element) : holdsSomething(element),
      renderFrameVisible: stand ? shows(stand) : false,
      isHdr,
    };
    if (!isHdr) return record;
    const { objectFit, objectPosition } = getComputedStyle(element);
    return {
      ...record,
      transform: matrixOf(element),
      borderRadius: cornersOf(element),
      clipRect: clipOf(element),
      objectFit,
      objectPosition,
    };
  };

  const timed = () =>
    Array.from(document.querySelectorAll("[data-start]"), (element) => [
      element,
      idOf(element),
    ]).filter(([, id]) => id);

  // Each element with the id of the timed one it belongs to, "" for none; of the picture that
  // stands beside a clip, that is the clip's.
  const owners = () => {
    const ids = new Map(timed());
    const found = [];
    const visit = (element, inherited) => {
      const stand = STAND.exec(element.id);
      const owner = ids.get(element) ?? stand?.[1] ?? stand?.[2] ?? inherited;
      found.push([element, owner]);
      for (const child of element.children) visit(child, owner);
    };
    visit(document.body, "");
    return found;
  };

  const TRANSPARENT = /^(?:transparent|rgba\(\d+, \d+, \d+, 0\))$/;
  const UNPAINTED = /^(?:SCRIPT|STYLE|LINK|META|TEMPLATE|TITLE|NOSCRIPT)$/;
  const paintsBackground = (element) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    return !TRANSPARENT.test(backgroundColor) || backgroundImage !== "none";
  };
  const hasBase = () => {
    const { documentElement, body } = document;
    if (paintsBackground(documentElement) || paintsBackground(body)) return true;
    return owners().some(
      ([element, owner]) =>
        owner === "" && element !== body && !UNPAINTED.test(element.tagName) && shows(element),
    );
  };

  const unmask = () => {
    document.documentElement.removeAttribute(MASK);
    document.documentElement.removeAttribute(BASE);
  };

  // How the page is stacked; with `part`, only that part of a transition's frame.
  const look = (part) => {
    unmask();
    if (part) window.__hfNativeScenes.show(part);
    const elements = timed().map(([element, id]) => recordOf(element, id));
    return { elements, hasBase: hasBase() };
  };

  let layers = [];
  const assign = (list) => {
    layers = list;
    unmask();
    needRules(list.length);
    const byId = new Map();
    list.forEach(({ ids }, layer) => {
      for (const id of ids) byId.set(id, layer);
    });
    const base = list.findIndex((layer) => layer.base);
    if (base >= 0) byId.set("", base);
    // All is read before anything is written: else each element would be laid out anew.
    const places = owners().map(([element, owner]) => {
      const layer = getComputedStyle(element).visibility === "visible" ? byId.get(owner) : null;
      return [element, String(layer ?? NOWHERE)];
    });
    for (const [element, place] of places) {
      if (element.getAttribute(LAYER) !== place) element.setAttribute(LAYER, place);
    }
  };

  const show = (list, shown) => {
    if (list) assign(list);
    const { documentElement } = document;
    documentElement.setAttribute(MASK, String(shown));
    documentElement.toggleAttribute(BASE, layers[shown]?.base === true);
    return true;
  };

  window.__hfNativeLayers = { look, show, leave: unmask, owns };
})();
