// The media elements of a page as scripts have made and changed them, at times of the composition.
// What is told is the page's markup, without anything that the compile stage's reader of media does
// not need: it knows what each attribute means, and places elements of nested compositions.
window.__hfNativeMedia = (() => {
  const MEDIA = "video, audio";
  const UNREAD = new Set(["SCRIPT", "STYLE", "LINK", "META", "TITLE", "svg", "CANVAS", "NOSCRIPT"]);
  const UNREAD_ATTRIBUTES = new Set([
    "class",
    "style",
    "poster",
    "srcset",
    "sizes",
    "alt",
    "title",
  ]);
  const VOID = new Set([
    "IMG",
    "SOURCE",
    "TRACK",
    "BR",
    "HR",
    "INPUT",
    "AREA",
    "COL",
    "EMBED",
    "WBR",
  ]);

  // An address within the project is told as a path, as authors write it.
  const path = (address) => {
    const own = `${location.origin}/`;
    return address.startsWith(own) ? address.slice(own.length) : address;
  };
  const escaped = (text) =>
    text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");

  // The attributes of a media element that follow from others, or from properties.
  const implied = (element, time) => {
    const more = {};
    if (!element.matches(MEDIA)) return more;
    const { start, end, duration } = element.dataset;
    if (!element.id) more.id = window.__hfMediaId(element);
    if (element.muted && element.localName === "video") more.muted = "";
    if (start === undefined && time > 0) more["data-start"] = String(time);
    const begins = Number.parseFloat(start ?? String(time));
    const lasts = Number.parseFloat(duration ?? "");
    if (end === undefined && Number.isFinite(begins) && lasts > 0) {
      more["data-end"] = String(begins + lasts);
    }
    return more;
  };

  const attributesOf = (element, time) => {
    const all = new Map();
    for (const { name, value } of element.attributes) {
      if (UNREAD_ATTRIBUTES.has(name)) continue;
      if (name !== "src") all.set(name, value);
      else if (!value.startsWith("data:")) all.set(name, path(value));
    }
    for (const [name, value] of Object.entries(implied(element, time))) all.set(name, value);
    return Array.from(all, ([name, value]) => ` ${name}="${escaped(value)}"`).join("");
  };

  const known = new Map();
  // `time` is that at which media elements without a start appeared.
  const markup = (element, time) => {
    if (UNREAD.has(element.tagName)) return "";
    const name = element.localName;
    const since = known.has(window.__hfMediaId(element)) ? 0 : time;
    const tag = `<${name}${attributesOf(element, since)}>`;
    if (VOID.has(element.tagName)) return tag;
    const inner = Array.from(element.children, (child) => markup(child, time)).join("");
    return `${tag}${inner}</${name}>`;
  };

  // Not `currentSrc`, which Chrome sets some time later.
  const sourceOf = (element) =>
    element.getAttribute("src") ?? element.querySelector("source[src]")?.getAttribute("src") ?? "";

  // The markup, if there are elements now that no look has found; and which of those that were
  // found have another source than then.
  const look = (time) => {
    const media = Array.from(document.querySelectorAll(MEDIA)).filter(window.__hfMediaId);
    const isNew = (element) => !known.has(window.__hfMediaId(element));
    const changed = media
      .filter((element) => !isNew(element))
      .filter((element) => known.get(window.__hfMediaId(element)) !== sourceOf(element))
      .map((element) => window.__hfMediaId(element));
    const html = time === 0 || media.some(isNew) ? markup(document.documentElement, time) : null;
    for (const element of media) known.set(window.__hfMediaId(element), sourceOf(element));
    return { time, html, changed };
  };

  // Looks at each of these output frames, which begin at `times`.
  const play = async (frames, times) => {
    const looks = [];
    for (const [at, frame] of frames.entries()) {
      await window.__hfNative.moveTo(frame);
      looks.push(look(times[at]));
    }
    return looks.filter(({ html, changed }) => html !== null || changed.length > 0);
  };

  return { look, play };
})();
