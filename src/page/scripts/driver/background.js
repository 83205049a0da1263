// The page's own background, for transparent output.
define("background", () => {
  const SOLID = /^rgb\([^/)]*\)$/;
  const GRADIENT = /^(?:linear|radial|conic)-gradient\((?:(?!rgba|transparent|color|url|\/).)*\)$/;
  // Values with which an element shows all of itself, opaque and where it is.
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

  // Transparent output shows what the composition paints, without the page around it.
  const clearBackground = () => {
    const style = document.createElement("style");
    style.id = "__hf_native_clear_background__";
    style.textContent = `html, body {
      background: transparent !important;
    }`;
    document.head.appendChild(style);
    return true;
  };

  const isPlain = (style) =>
    Object.entries(PLAIN).every(([name, value]) => (style[name] ?? value) === value);

  const isSolid = (style) =>
    SOLID.test(style.backgroundColor) ||
    (GRADIENT.test(style.backgroundImage) &&
      style.backgroundSize === "auto" &&
      style.backgroundRepeat === "repeat" &&
      style.backgroundAttachment === "scroll");

  // True when the composition's own background covers the page, so that nothing shows through,
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

  return { clearBackground, isOpaque };
});
