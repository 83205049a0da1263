// Hides videos and stand-ins, and tells whether an ancestor hides a video.
define("visibility", () => {
  const HIDDEN = "data-hf-native-hidden";
  // A style sheet and not the element's own style: scripts write that at any time, also after the
  // frame was prepared and before it is drawn.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`[${HIDDEN}] {
    visibility: hidden !important;
    pointer-events: none !important;
  }`);
  // Again in every frame, because a page may replace the list of its style sheets.
  const adoptSheet = () => {
    if (document.adoptedStyleSheets.includes(sheet)) return;
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };
  adoptSheet();

  const hide = (element) => element.setAttribute(HIDDEN, "");
  const reveal = (element) => element.removeAttribute(HIDDEN);

  // An inlined composition that is over hides everything in it, also children that set
  // `visibility: visible`.
  const isHiddenByAncestor = (video) => {
    for (let node = video.parentElement; node; node = node.parentElement) {
      if (node === document.documentElement) return false;
      const style = getComputedStyle(node);
      if (style.display === "none") return true;
      if (
        style.visibility === "hidden" &&
        (node.hasAttribute("data-composition-src") || node.hasAttribute("data-composition-file"))
      ) {
        return true;
      }
    }
    return false;
  };

  return { adoptSheet, hide, reveal, isHiddenByAncestor };
});
