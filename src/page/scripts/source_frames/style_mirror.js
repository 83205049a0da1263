// Makes a stand-in look like its video: same place, same size, same computed style.
define("styleMirror", ({ scale, tilt }) => {
  const GRADED = "data-color-grading";
  const GRADED_SOURCE_HIDDEN = "data-hf-color-grading-source-hidden";
  // Place and size are not among them: they come from the video's layout box.
  const COPIED = [
    "object-fit",
    "object-position",
    "z-index",
    "filter",
    "mix-blend-mode",
    "backdrop-filter",
    "padding",
    "border-width",
    "border-style",
    "border-color",
    "border-radius",
    "border-image-source",
    "border-image-slice",
    "border-image-width",
    "border-image-outset",
    "border-image-repeat",
    "background-color",
    "background-image",
    "background-position",
    "background-size",
    "background-repeat",
    "background-origin",
    "background-clip",
    "background-attachment",
    "background-blend-mode",
    "box-shadow",
    "outline-color",
    "outline-style",
    "outline-width",
    "outline-offset",
    "-webkit-box-reflect",
    "image-rendering",
    "isolation",
    "overflow",
    "overflow-clip-margin",
    "clip-path",
    "mask",
    "mask-image",
    "mask-size",
    "mask-position",
    "mask-repeat",
    "transform",
    "transform-origin",
    "translate",
    "rotate",
    "scale",
  ];

  const isGraded = (video) => video.hasAttribute(GRADED);

  // Everything that is read from the layout. All videos are measured before any element is
  // changed, so that Chrome lays the page out once.
  const measure = (video, tiltedRects) => {
    const style = getComputedStyle(video);
    const rect =
      video.offsetWidth > 0 && video.offsetHeight > 0 ? null : video.getBoundingClientRect();
    const width = rect ? rect.width : video.offsetWidth;
    const height = rect ? rect.height : video.offsetHeight;
    const styles = {};
    for (const name of COPIED) {
      const value = style.getPropertyValue(name);
      if (value) styles[name] = value;
    }
    const hiddenForGrading =
      video.hasAttribute(GRADED_SOURCE_HIDDEN) &&
      video.style.getPropertyValue("opacity") === "0" &&
      video.style.getPropertyPriority("opacity") === "important";
    const opacity = Number.parseFloat(style.opacity);
    Object.assign(styles, {
      // Its container may be hidden; the attribute alone decides whether the stand-in shows.
      visibility: "visible",
      inset: "auto",
      left: `${video.offsetLeft || 0}px`,
      top: `${video.offsetTop || 0}px`,
      width: `${width}px`,
      height: `${height}px`,
      "box-sizing": "border-box",
      opacity: hiddenForGrading || Number.isNaN(opacity) ? "1" : String(opacity),
    });
    const drawnScale = scale.scaleOf(video);
    // An image where upstream's grading reads one, where the video is tilted (Chrome samples a
    // tilted image differently from a canvas), and where something tilted lies at its place.
    const isImage =
      isGraded(video) ||
      !drawnScale.isUpright ||
      tiltedRects.some((rect) => tilt.touches(rect, video));
    const pixels = (name) => Number.parseFloat(style[name]) || 0;
    const edge = (side) => pixels(`border${side}Width`) + pixels(`padding${side}`);
    return {
      width: width - edge("Left") - edge("Right"),
      height: height - edge("Top") - edge("Bottom"),
      fit: style.objectFit,
      scale: drawnScale,
      isImage,
      styles,
    };
  };

  // Writes only what changed since the frame before.
  const apply = (clip, { styles }) => {
    for (const [name, value] of Object.entries(styles)) {
      if (clip.styles[name] === value) continue;
      clip.styles[name] = value;
      clip.standIn.style.setProperty(name, value);
    }
  };

  return { isGraded, measure, apply };
});
