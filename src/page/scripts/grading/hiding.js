// Keeps the opacity of graded elements what the page made it. Upstream's runtime draws the graded
// picture on a canvas beside the element and hides the element by an inline `opacity: 0 !important`.
// An animation of the opacity then reads 0 for the value to start from or to end at, and what it
// wrote last is forgotten (docs/upstream.md#grading). They are hidden by another property here.
define("hiding", () => {
  const HIDDEN = "data-hf-color-grading-source-hidden";
  // A mask that lets nothing through, of a kind that the runtime does not copy to its canvas. The
  // image that stands in for a video is hidden with it.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`[${HIDDEN}], [${HIDDEN}] + img.__render_frame__ {
    -webkit-mask-box-image: linear-gradient(transparent, transparent) !important;
  }`);
  // Again for every drawing, because a page may replace the list of its style sheets.
  const adoptSheet = () => {
    if (document.adoptedStyleSheets.includes(sheet)) return;
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };

  const owned = new WeakMap();
  const own = (element) => {
    if (owned.has(element)) return;
    const { style } = element;
    owned.set(element, style);
    const { setProperty } = style;
    style.setProperty = (name, value, priority) => {
      const isHiding = name === "opacity" && value === "0" && priority === "important";
      if (isHiding && element.hasAttribute(HIDDEN)) return;
      setProperty.call(style, name, value, priority);
    };
  };

  // The runtime marks an element before it hides it.
  const install = () => {
    for (const { prototype } of [HTMLImageElement, HTMLVideoElement]) {
      const { setAttribute } = prototype;
      prototype.setAttribute = function (name, value) {
        if (name === HIDDEN) {
          own(this);
          adoptSheet();
        }
        setAttribute.call(this, name, value);
      };
    }
  };

  return { install };
});
