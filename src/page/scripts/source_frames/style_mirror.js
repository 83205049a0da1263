// Makes a stand-in beside a video look like it: same place, same size, same computed style.
define("styleMirror", () => {
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

  // What `style`, the video's computed style, and its layout box make of a stand-in.
  const stylesOf = (video, style) => {
    const rect =
      video.offsetWidth > 0 && video.offsetHeight > 0 ? null : video.getBoundingClientRect();
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
    return Object.assign(styles, {
      // Its container may be hidden; the attribute alone decides whether the stand-in shows.
      visibility: "visible",
      inset: "auto",
      left: `${video.offsetLeft || 0}px`,
      top: `${video.offsetTop || 0}px`,
      width: `${rect ? rect.width : video.offsetWidth}px`,
      height: `${rect ? rect.height : video.offsetHeight}px`,
      "box-sizing": "border-box",
      opacity: hiddenForGrading || Number.isNaN(opacity) ? "1" : String(opacity),
    });
  };

  // Writes only what changed since the frame before.
  const apply = (clip, styles) => {
    for (const [name, value] of Object.entries(styles)) {
      if (clip.styles[name] === value) continue;
      clip.styles[name] = value;
      clip.standIn.style.setProperty(name, value);
    }
  };

  return { stylesOf, apply };
});
