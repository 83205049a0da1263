// Notices, on a page that is captured, whether any script sets the volume of an element, mutes it,
// or unmutes one that the markup mutes. It changes nothing. Values that upstream's runtime writes itself do not count: the volume in
// the markup, and what is written to elements with fades or automation.
(() => {
  const { prototype } = HTMLMediaElement;
  const TOLERANCE = 1e-4;
  // The volume that the markup gave an element when it was written to first.
  const authored = new WeakMap();
  let isScripted = false;

  const authoredVolume = (element) => {
    if (!authored.has(element)) {
      const value = Number.parseFloat(element.dataset.volume ?? "");
      authored.set(element, Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 1);
    }
    return authored.get(element);
  };
  const isRuntimeShaped = (element) =>
    ["fadeIn", "fadeOut", "automation"].some((name) => name in element.dataset) ||
    element.closest("[data-hidden]") !== null;

  const intercept = (name, isNews) => {
    const native = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, {
      ...native,
      set(value) {
        isScripted ||= isNews(this, value);
        native.set.call(this, value);
      },
    });
  };
  intercept(
    "volume",
    (element, value) =>
      Math.abs(value - authoredVolume(element)) > TOLERANCE && !isRuntimeShaped(element),
  );
  intercept("muted", (element, value) => Boolean(value) !== element.defaultMuted);

  window.__hfNativeSetsVolume = () => isScripted;
})();
