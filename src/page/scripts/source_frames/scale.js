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

  // Device pixels per CSS pixel along the element's own axes, and whether its sides stay
  // horizontal and vertical.
  const scaleOf = (element) => {
    let [a, b, c, d] = [1, 0, 0, 1];
    let isFlat = true;
    for (let node = element; node; node = node.parentElement) {
      const { transform, scale, rotate, zoom, perspective } = getComputedStyle(node);
      isFlat &&= perspective === "none" || node === element;
      for (const part of [transform, scaleToTransform(scale), rotateToTransform(rotate)]) {
        if (!part || part === "none") continue;
        const m = new DOMMatrix(part);
        isFlat &&= m.is2D;
        [a, b, c, d] = [m.a * a + m.c * b, m.b * a + m.d * b, m.a * c + m.c * d, m.b * c + m.d * d];
      }
      const factor = Number.parseFloat(zoom);
      if (factor > 0 && factor !== 1) [a, b, c, d] = [a, b, c, d].map((value) => value * factor);
    }
    const largest = Math.max(...[a, b, c, d].map(Math.abs)) * ROUNDING;
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
