// The stand-in: the element that shows a clip's frames. It is a canvas, or an <img> where only an
// image will do. It is in the shadow tree of the clip's <video>, or beside it where upstream's
// runtime looks for it and where the video has no such tree.
define("standIn", ({ shadowTrees, visibility }) => {
  // Upstream's class and id, which upstream's runtime looks for.
  const CLASS = "__render_frame__";
  const idOf = (clip) => `__render_frame_${clip.id}__`;
  const INSIDE = `position: absolute; inset: 0; display: block; width: 100%; height: 100%;
    object-fit: inherit; object-position: inherit; overflow: visible`;
  const BESIDE = "position: absolute; pointer-events: none";

  // Where the video takes its stand-in; null for one that needs it beside it.
  const carrierFor = (video, box) => (box.isBeside ? null : shadowTrees.carrierOf(video));

  const isInPlace = (standIn, video, carrier) =>
    carrier ? standIn.parentNode === carrier : standIn === video.nextElementSibling;

  // Makes sure that the clip has a stand-in of the right kind at the right place.
  const provide = (clip, video, box) => {
    const carrier = carrierFor(video, box);
    const tag = box.isImage ? "img" : "canvas";
    const known = clip.standIn;
    if (known?.localName === tag && isInPlace(known, video, carrier)) return;
    known?.remove();
    const standIn = document.createElement(tag);
    standIn.style.cssText = carrier ? INSIDE : BESIDE;
    const next = video.nextElementSibling;
    if (next?.classList.contains(CLASS)) next.remove();
    if (carrier) {
      carrier.append(standIn);
    } else {
      standIn.classList.add(CLASS);
      standIn.id = idOf(clip);
      visibility.hide(standIn);
      video.parentNode.insertBefore(standIn, video.nextSibling);
    }
    const canvas = box.isImage ? null : standIn;
    const isBeside = !carrier;
    Object.assign(clip, { standIn, canvas, isBeside, context: null, held: null, styles: {} });
  };

  // Of a video and the picture that stands in for it, the one that is not to be seen is hidden.
  const reveal = (clip) => {
    visibility.reveal(clip.isBeside ? clip.standIn : clip.video);
  };
  const hide = (clip, video) => {
    visibility.hide(video);
    if (clip.isBeside) visibility.hide(clip.standIn);
  };

  return { CLASS, provide, reveal, hide };
});
