/** Markup of test pages. */

/**
 * @param {Record<string, unknown>} values `true` is an attribute without a value; false and undefined
 *   leave it out; objects are written as JSON
 * @returns {string}
 */
export function attributes(values) {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name, value]) => {
      if (value === true) return name;
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      return text.includes('"') ? `${name}='${text}'` : `${name}="${text}"`;
    })
    .join(" ");
}

/** Elements that have no content. */
const VOID = new Set(["img", "input"]);

/**
 * @param {string} tag
 * @param {Record<string, unknown>} values see {@link attributes}
 * @param {string} [inside] markup
 * @returns {string}
 */
export function element(tag, values, inside = "") {
  const start = `<${tag} ${attributes(values)}>`;
  return VOID.has(tag) ? start : `${start}${inside}</${tag}>`;
}

/**
 * Attributes of what is shown from the start.
 *
 * @param {number} seconds for how long
 * @param {number} [track]
 */
export const timed = (seconds, track) => ({
  "data-start": 0,
  "data-duration": seconds,
  "data-track-index": track,
});

/**
 * A silent clip.
 *
 * @param {string} id
 * @param {string} src path in the project
 * @param {Record<string, unknown>} values further attributes, or others than the usual
 */
export const video = (id, src, values) =>
  element("video", { id, class: "clip", src, muted: true, playsinline: true, ...values });

/**
 * A page with one composition.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {number} options.seconds
 * @param {number[]} [options.size] width and height in pixels
 * @param {boolean} [options.timeline] whether a script registers one, for which renders wait
 * @param {Record<string, unknown>} [options.root] further attributes of the root
 * @param {string} [options.style] rules
 * @param {string} [options.head] markup for the end of the head
 * @param {string} [options.body] markup within the root
 * @param {string} [options.after] markup after the root
 * @param {string} [options.html] attributes of the html element
 * @returns {string}
 */
export function compositionPage(options) {
  const { title, seconds, size = [320, 180], timeline = false, root = {} } = options;
  const { style = "", head = "", body = "", after = "", html = "" } = options;
  const [width, height] = size;
  const composition = {
    id: "root",
    "data-composition-id": "main",
    "data-no-timeline": !timeline,
    ...timed(seconds),
    "data-width": width,
    "data-height": height,
    ...root,
  };
  return `<!doctype html>
<html lang="en"${html && ` ${html}`}>
  <head>
    <meta charset="utf-8">
    <title>${title}</title>
    <style>
      body { margin: 0; }
      #root { position: relative; width: ${width}px; height: ${height}px; overflow: hidden; }
      ${style}
    </style>
    ${head}
  </head>
  <body>
    ${element("div", composition, `\n      ${body}\n    `)}
    ${after}
  </body>
</html>
`;
}
