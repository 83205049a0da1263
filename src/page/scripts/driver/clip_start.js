// When the clip of an element begins.
define("clipStart", ({ trees }) => {
  const startOf = (timed) => {
    const text = timed.getAttribute("data-start").trim();
    const own = Number(text);
    // Else it is named after another element.
    if (!text || !Number.isFinite(own)) return window.__hfResolveMediaStartSeconds?.(timed) ?? 0;
    return Math.max(0, own) + compositionStart(timed.parentElement);
  };

  // Starts are relative to those of the compositions around.
  const compositionStart = (element) => {
    const composition = element?.closest("[data-composition-id]");
    if (!composition) return 0;
    return composition.hasAttribute("data-start")
      ? startOf(composition)
      : compositionStart(composition.parentElement);
  };

  // Composition seconds at which the local time of `element` is 0; 0 outside of all clips.
  const of = (element) => {
    const clip = trees.outermost(element).closest?.("[data-start]");
    return clip ? startOf(clip) : 0;
  };

  return { of };
});
