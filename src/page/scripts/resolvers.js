// Finds media elements by render id, which is unique in the page. An element id is unique only
// within one composition file.
(() => {
  const attribute = "data-hf-render-id";
  window.__hfMediaEl = (id) =>
    document.querySelector(`[${attribute}="${String(id).replace(/[\\"]/g, "\\$&")}"]`) ||
    document.getElementById(id);
  window.__hfMediaId = (element) => element.getAttribute(attribute) || element.id;
})();
