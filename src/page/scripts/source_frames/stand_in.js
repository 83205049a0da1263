// The stand-in: the element beside a clip's <video> that shows its frames. It holds a canvas, or is
// an <img> where only an image will do.
define("standIn", ({ visibility }) => {
  // Upstream's class and id, which scripts of the page and upstream's runtime look for.
  const CLASS = "__render_frame__";
  const idOf = (clip) => `__render_frame_${clip.id}__`;
  // A custom element, because style rules of a page do not name it, and it may have a shadow tree.
  const TAG = "hf-source-frame";
  // What rules of the page for all elements could still change.
  const NEUTRAL = {
    display: "block",
    float: "none",
    margin: "0",
    padding: "0",
    "min-width": "0",
    "min-height": "0",
    "max-width": "none",
    "max-height": "none",
    background: "none",
    "box-shadow": "none",
    outline: "none",
    transition: "none",
    animation: "none",
  };

  // The canvas is in a shadow tree, where scripts that look for canvases of the page do not find it.
  const addCanvas = (standIn) => {
    const canvas = document.createElement("canvas");
    canvas.style.cssText =
      "display: block; width: 100%; height: 100%; object-fit: inherit; object-position: inherit";
    standIn.attachShadow({ mode: "closed" }).append(canvas);
    return canvas;
  };

  // Makes sure that the clip has a stand-in of the right kind right after its video.
  const provide = (clip, video, isImage) => {
    const tag = isImage ? "img" : TAG;
    const next = video.nextElementSibling;
    if (clip.standIn?.localName === tag && clip.standIn === next) return;
    clip.standIn?.remove();
    if (next?.classList.contains(CLASS)) next.remove();
    const standIn = document.createElement(tag);
    standIn.classList.add(CLASS);
    standIn.id = idOf(clip);
    standIn.style.pointerEvents = "none";
    standIn.style.position = "absolute";
    if (!isImage) {
      for (const [name, value] of Object.entries(NEUTRAL)) standIn.style.setProperty(name, value);
    }
    visibility.hide(standIn);
    video.parentNode.insertBefore(standIn, video.nextSibling);
    const canvas = isImage ? null : addCanvas(standIn);
    Object.assign(clip, { standIn, canvas, context: null, held: null, styles: {} });
  };

  return { CLASS, provide };
});
