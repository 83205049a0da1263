// HDR sources are drawn by the host, and the page never shows them. The host asks how the timed
// elements are stacked, and captures the other ones in layers.
define("stack", ({ cssValues, geometry, timedElements, masks }) => {
  const TRANSPARENT = /^(?:transparent|rgba\(\d+, \d+, \d+, 0\))$/;
  const NOT_PAINTED = /^(?:SCRIPT|STYLE|LINK|META|TEMPLATE|TITLE|NOSCRIPT)$/;

  const recordOf = (element, id) => {
    const rect = geometry.rectOf(element);
    const isHdr = timedElements.isHdr(id);
    const standIn = isHdr ? null : timedElements.standInOf(id);
    const record = {
      id,
      ...rect,
      zIndex: geometry.zIndexOf(element),
      layoutWidth: element.offsetWidth || rect.width,
      layoutHeight: element.offsetHeight || rect.height,
      opacity: geometry.opacityOf(element),
      visible: isHdr ? geometry.isVisible(element) : geometry.containsVisible(element),
      renderFrameVisible: standIn ? geometry.isVisible(standIn) : false,
      isHdr,
    };
    if (!isHdr) return record;
    const { objectFit, objectPosition } = getComputedStyle(element);
    return {
      ...record,
      transform: cssValues.affine(geometry.matrixOf(element)),
      borderRadius: geometry.cornersOf(element),
      clipRect: geometry.clipOf(element),
      objectFit: cssValues.objectFit(objectFit),
      objectPosition: cssValues.objectPosition(objectPosition),
    };
  };

  const paintsBackground = (element) => {
    const { backgroundColor, backgroundImage } = getComputedStyle(element);
    return !TRANSPARENT.test(backgroundColor) || backgroundImage !== "none";
  };
  // Whether anything is painted that belongs to no timed element.
  const hasBase = () => {
    const { documentElement, body } = document;
    if (paintsBackground(documentElement) || paintsBackground(body)) return true;
    return timedElements
      .owners()
      .some(
        ([element, owner]) =>
          owner === "" &&
          element !== body &&
          !NOT_PAINTED.test(element.tagName) &&
          geometry.isVisible(element),
      );
  };

  // How the page is stacked; with `pass`, in that pass of a transition's frame.
  const look = (pass) => {
    masks.leave();
    if (pass) window.__hfNativeScenes.show(pass);
    const elements = timedElements.list().map(([element, id]) => recordOf(element, id));
    return { elements, hasBase: hasBase() };
  };

  const { owns } = timedElements;
  window.__hfNativeLayers = { look, owns, ...masks };
});
