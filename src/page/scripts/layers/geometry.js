// Where an element shows, and what its ancestors do to it.
define("geometry", ({ cssValues }) => {
  const number = (text) => Number.parseFloat(text) || 0;

  // The element and its ancestors, from the inside out, each with its computed style.
  function* upwards(element) {
    for (let at = element; at; at = at.parentElement) yield [at, getComputedStyle(at)];
  }

  // The box in whole CSS pixels.
  const rectOf = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return {
      x: Math.round(x),
      y: Math.round(y),
      width: Math.round(width),
      height: Math.round(height),
    };
  };

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
  const isVisible = (element) =>
    getComputedStyle(element).visibility === "visible" && hasSize(element);
  // An element without a size may still contain visible ones, such as positioned children.
  const containsVisible = (element) =>
    isVisible(element) || (!hasSize(element) && Array.from(element.children).some(containsVisible));

  const CORNERS = ["TopLeft", "TopRight", "BottomRight", "BottomLeft"];
  const radiiOf = (element, style) => {
    const side = Math.min(element.offsetWidth || 0, element.offsetHeight || 0);
    const pixels = (value) => (value.includes("%") ? (number(value) / 100) * side : number(value));
    return CORNERS.map((corner) => pixels(style[`border${corner}Radius`]));
  };
  // Radii of its own corners, or of those of the nearest ancestor that clips it.
  const cornersOf = (element) => {
    for (const [at, style] of upwards(element)) {
      if (at !== element && style.overflow === "visible") continue;
      const radii = radiiOf(at, style);
      if (radii.some((radius) => radius > 0)) return radii;
    }
    return [0, 0, 0, 0];
  };

  // What all clipping ancestors leave; null without any.
  const clipOf = (element) => {
    let clip = null;
    for (const [at, { overflow }] of upwards(element.parentElement)) {
      if (overflow !== "hidden" && overflow !== "clip") continue;
      const rect = rectOf(at);
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
  const individualTransforms = ({ offsetWidth, offsetHeight }, { translate, rotate, scale }) => {
    const words = (value) => (value && value !== "none" ? value.split(/\s+/) : null);
    const [turn, size] = [words(rotate), words(scale)];
    const move = cssValues.translation(translate ?? "none", offsetWidth, offsetHeight);
    if (!move && !turn && !size) return null;
    let matrix = new DOMMatrix();
    if (move) matrix = matrix.translate(...move);
    if (turn) matrix = matrix.rotate(number(turn[turn.length - 1]));
    if (size) matrix = matrix.scale(number(size[0]), number(size[1] ?? size[0]));
    return matrix;
  };

  // The DOMMatrix from the element's own pixels to the page's, with the transforms of all its
  // ancestors.
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
      const individual = individualTransforms(at, style);
      const whole = style.transform !== "none" ? style.transform : null;
      if (!individual && !whole) continue;
      const [x, y] = style.transformOrigin.split(" ").map(number);
      matrix = matrix.translate(x, y);
      if (individual) matrix = matrix.multiply(individual);
      if (whole) matrix = matrix.multiply(new DOMMatrix(whole));
      matrix = matrix.translate(-x, -y);
    }
    return matrix;
  };

  return {
    rectOf,
    zIndexOf,
    opacityOf,
    isVisible,
    containsVisible,
    cornersOf,
    clipOf,
    matrixOf,
  };
});
