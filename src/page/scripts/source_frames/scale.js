// How an element's transforms and those of its ancestors scale and turn it.
define("scale", () => {
  // Terms of a matrix below this share of its largest one are rounding.
  const ROUNDING = 1e-4;

  const scaleToTransform = (scale) =>
    scale && scale !== "none" ? `scale(${scale.split(" ").slice(0, 2).join(",")})` : "";
  // A lone angle turns in the page's plane. With an axis before it, it may turn the element out of
  // the plane; any such turn stands for all of them.
  const rotateToTransform = (rotate) => {
    if (!rotate || rotate === "none") return "";
    return /^-?[\d.e-]+deg$/.test(rotate) ? `rotate(${rotate})` : "rotateX(45deg)";
  };

  const multiply = (m, [a, b, c, d]) => [
    m.a * a + m.c * b,
    m.b * a + m.d * b,
    m.a * c + m.c * d,
    m.b * c + m.d * d,
  ];

  // What the transforms of a node make of it: four terms of a matrix, and whether it stays in the
  // page's plane.
  const ownOf = ({ transform, scale, rotate, zoom }) => {
    let terms = [1, 0, 0, 1];
    let isFlat = true;
    for (const part of [transform, scaleToTransform(scale), rotateToTransform(rotate)]) {
      if (!part || part === "none") continue;
      const matrix = new DOMMatrix(part);
      isFlat &&= matrix.is2D;
      terms = multiply(matrix, terms);
    }
    const factor = Number.parseFloat(zoom);
    if (factor > 0 && factor !== 1) terms = terms.map((value) => value * factor);
    return { terms, isFlat };
  };

  const PAGE = { terms: [1, 0, 0, 1], isFlat: true, holdsFlat: true };

  // The same for a node with all its ancestors, and whether what is in the node stays in the plane as
  // well. `known` has those that were looked at since the page was last changed.
  const chainOf = (node, known) => {
    if (!node) return PAGE;
    const before = known.get(node);
    if (before) return before;
    const above = chainOf(node.parentElement, known);
    const style = getComputedStyle(node);
    const own = ownOf(style);
    const [a, b, c, d] = above.terms;
    const terms = multiply({ a, b, c, d }, own.terms);
    const isFlat = own.isFlat && above.holdsFlat;
    const chain = { terms, isFlat, holdsFlat: isFlat && style.perspective === "none" };
    known.set(node, chain);
    return chain;
  };

  // Device pixels per CSS pixel along the element's own axes, and whether its sides stay
  // horizontal and vertical. `known` is a map that one look at the page shares.
  const scaleOf = (element, known) => {
    const { terms, isFlat } = chainOf(element, known);
    const [a, b, c, d] = terms;
    const largest = Math.max(...terms.map(Math.abs)) * ROUNDING;
    const isZero = (value) => Math.abs(value) <= largest;
    const isUpright = isFlat && ((isZero(b) && isZero(c)) || (isZero(a) && isZero(d)));
    return {
      x: Math.hypot(a, b) * devicePixelRatio,
      y: Math.hypot(c, d) * devicePixelRatio,
      isUpright,
    };
  };

  return { scaleOf };
});
