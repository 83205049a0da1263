// The boxes of videos as the layout has them, and what shows a source frame in each.
define("boxes", ({ scale, shadowTrees, styleMirror, tilt }) => {
  const GRADED = "data-color-grading";
  // Fits by which a picture may be larger than its box.
  const SPILLS = /^(?:cover|none)$/;

  // Upstream's grading looks for an image beside the video. A picture in the video's shadow tree is
  // cut at the video's content box, which `overflow` may not want.
  const needsSibling = (video, style) =>
    video.hasAttribute(GRADED) ||
    !shadowTrees.carrierOf(video) ||
    (style.overflow === "visible" && SPILLS.test(style.objectFit));

  const isKeyword = (value) => value instanceof CSSKeywordValue;
  // Whether the size of the box may follow from that of the source. It never does where both sides
  // are given and no layout of the parent has a say.
  const mayFollowSource = (video, { position }) => {
    if (position !== "absolute" && position !== "fixed") return true;
    const values = video.computedStyleMap();
    return isKeyword(values.get("width")) || isKeyword(values.get("height"));
  };

  // Everything that is read from the layout. All videos are measured before any element is
  // changed, so that Chrome lays the page out once; `known` is the map for `scale.scaleOf`.
  const measure = (video, tiltedRects, known) => {
    const style = getComputedStyle(video);
    const drawnScale = scale.scaleOf(video, known);
    const isBeside = needsSibling(video, style);
    // An image where upstream's grading reads one, where the video is tilted (Chrome samples a
    // tilted image differently from a canvas), and where something tilted lies at its place.
    const isImage =
      isBeside || !drawnScale.isUpright || tiltedRects.some((rect) => tilt.touches(rect, video));
    const pixels = (name) => Number.parseFloat(style[name]) || 0;
    const padding = (side) => pixels(`padding${side}`);
    return {
      width: video.clientWidth - padding("Left") - padding("Right"),
      height: video.clientHeight - padding("Top") - padding("Bottom"),
      fit: style.objectFit,
      scale: drawnScale,
      isBeside,
      isImage,
      mayFollowSource: mayFollowSource(video, style),
      styles: isBeside ? styleMirror.stylesOf(video, style) : null,
    };
  };

  return { measure };
});
