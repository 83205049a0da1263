// The trees of the page whose animations follow its time: the document, shadow trees, and the
// documents of iframes of the same origin.
define("trees", () => {
  const shadows = new Set();
  const listeners = [];
  const add = (shadow) => {
    if (shadows.has(shadow)) return;
    shadows.add(shadow);
    for (const listener of listeners) listener(shadow);
  };

  // Also closed shadow trees, which nobody else can find.
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (...options) {
    const shadow = attachShadow.apply(this, options);
    add(shadow);
    return shadow;
  };

  // Calls `listener` with each shadow tree of this document that is found from now on.
  const onShadow = (listener) => listeners.push(listener);

  // Finds shadow trees that the parser made.
  const findDeclared = () => {
    for (const { shadowRoot } of document.querySelectorAll("*")) if (shadowRoot) add(shadowRoot);
  };

  const iframes = document.getElementsByTagName("iframe");

  const treesIn = (frame) => {
    try {
      return frame.contentWindow?.__hfNative?.trees() ?? [];
    } catch {
      // Another origin.
      return [];
    }
  };

  // All trees, those in iframes too.
  const all = () => {
    if (shadows.size === 0 && iframes.length === 0) return [document];
    const shown = Array.from(shadows).filter(({ host }) => host.isConnected);
    const inner = shown.flatMap((shadow) => Array.from(shadow.querySelectorAll("iframe")));
    return [document, ...shown, ...[...iframes, ...inner].flatMap(treesIn)];
  };

  // The element of the outermost document that shows `node`.
  const outermost = (node) => {
    for (;;) {
      const root = node.getRootNode();
      const next = root.host ?? root.defaultView?.frameElement;
      if (!next) return node;
      node = next;
    }
  };

  return { all, findDeclared, onShadow, outermost };
});
