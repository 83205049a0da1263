// How far a source frame may be reduced before it is sent to the page. Chrome halves a picture as
// often as it can before it draws it smaller, so a frame that was halved as often looks the same.
define("halving", () => {
  const trailingZeros = (value) => 31 - Math.clz32(value & -value);

  const sizeOf = (clip, { wholeWidth, wholeHeight }) => ({
    width: wholeWidth,
    height: wholeHeight,
    // Halving colours that are not premultiplied would bleed transparent ones into others.
    maxHalvings: clip.source.transparent
      ? 0
      : Math.min(trailingZeros(wholeWidth), trailingZeros(wholeHeight)),
  });

  // How often frames of `clip` are halved to be drawn in `box`.
  const halvings = (clip, box) => {
    if (!clip.size || clip.isTexture) return 0;
    const { width, height, maxHalvings } = clip.size;
    let [drawnWidth, drawnHeight] = [box.width, box.height];
    if (box.fit === "contain" || box.fit === "cover") {
      const [wide, high] = [box.width / width, box.height / height];
      const factor = box.fit === "contain" ? Math.min(wide, high) : Math.max(wide, high);
      [drawnWidth, drawnHeight] = [width * factor, height * factor];
    } else if (box.fit !== "fill") {
      return 0;
    }
    const { x, y } = box.scale;
    const reduction = Math.min(width / (drawnWidth * x), height / (drawnHeight * y));
    if (!(reduction >= 2)) return 0;
    return Math.min(Math.floor(Math.log2(reduction) + 1e-6), maxHalvings);
  };

  return { sizeOf, halvings };
});
