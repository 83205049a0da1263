// Gives media elements that scripts insert without an id a render id, in the order in which they are
// inserted, so that the same element has the same name in every page of a render.
(() => {
  if (window !== window.top) return;
  let last = 0;
  const name = (element) => {
    if (window.__hfMediaId(element)) return;
    last += 1;
    element.setAttribute("data-hf-render-id", `hf-scripted-${last}`);
  };
  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node.localName === "video" || node.localName === "audio") name(node);
        else if (node.firstElementChild) node.querySelectorAll("video, audio").forEach(name);
      }
    }
  }).observe(document, { childList: true, subtree: true });
})();
