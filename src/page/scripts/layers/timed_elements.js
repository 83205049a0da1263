// The timed elements of the page, and which of them each other element belongs to.
define("timedElements", ({ config }) => {
  const hdrSources = new Map(config.map((source) => [source.id, source]));
  const idOf = (element) => window.__hfMediaId(element);
  const isHdr = (id) => hdrSources.has(id);
  window.__hfNativeStubVideo((video) => hdrSources.get(idOf(video)));

  // Elements beside a clip that show its frames: a source frame, or its graded picture.
  const STAND_IN = /^__(?:render_frame_(.*)__|hf_color_grading_(.*))$/;
  const standInOf = (id) => document.getElementById(`__render_frame_${id}__`);

  // Each timed element with its id.
  const list = () =>
    Array.from(document.querySelectorAll("[data-start]"), (element) => [
      element,
      idOf(element),
    ]).filter(([, id]) => id);

  // Every element of the page with the id of the timed one it belongs to, "" for none. A stand-in
  // belongs to its clip.
  const owners = () => {
    const ids = new Map(list());
    const found = [];
    const visit = (element, inherited) => {
      const standIn = STAND_IN.exec(element.id);
      const owner = ids.get(element) ?? standIn?.[1] ?? standIn?.[2] ?? inherited;
      found.push([element, owner]);
      for (const child of element.children) visit(child, owner);
    };
    visit(document.body, "");
    return found;
  };

  return { list, owners, standInOf, isHdr, owns: (video) => isHdr(idOf(video)) };
});
