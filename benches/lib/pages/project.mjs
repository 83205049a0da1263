/** What the pages of all benches share: repeatable numbers, the HTML around them, the project. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { materializeProject } from "../../../scripts/materialize.mjs";

/** Output frames per second of every bench that does not say otherwise. */
export const FPS = 30;

/**
 * Park-Miller: repeatable numbers.
 * @param {number} seed 1 to 2147483646
 * @returns {() => number} the next number, in 0..1
 */
export function randoms(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/**
 * A composition's `index.html`: the root element, fonts, GSAP, and one paused timeline `tl`.
 * @param {object} page
 * @param {string} page.title
 * @param {number} page.seconds length
 * @param {number} page.width CSS pixels
 * @param {number} page.height CSS pixels
 * @param {string} page.css rules beside those of `body` and `#root`
 * @param {string} page.background of the root; `none` for a transparent page
 * @param {string} page.body inside of the root
 * @param {string} page.script fills the timeline `tl`
 * @param {string} [page.head] markup for the end of the head
 */
export function compositionHtml(page) {
  const { title, seconds, width, height, css, background, body, script, head = "" } = page;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${title}</title>
    <script src="vendor/gsap.min.js"></script>
    <style>
      @font-face { font-family: "Bench Sans"; font-weight: 400; src: url("vendor/inter-400.woff2") format("woff2"); }
      @font-face { font-family: "Bench Sans"; font-weight: 800; src: url("vendor/inter-800.woff2") format("woff2"); }
      body { margin: 0; }
      #root { position: relative; width: ${width}px; height: ${height}px; overflow: hidden; background: ${background}; font-family: "Bench Sans", sans-serif; color: #fff; }
${css}
    </style>
    ${head}
  </head>
  <body>
    <div id="root" data-composition-id="main" data-start="0" data-duration="${seconds}" data-width="${width}" data-height="${height}">
${body}
    </div>
    <script>
      const tl = gsap.timeline({ paused: true });
${script}
      window.__timelines = window.__timelines || {};
      window.__timelines["main"] = tl;
    </script>
  </body>
</html>
`;
}

/**
 * Writes a project with that page, GSAP and the fonts.
 * @param {string} dir empty folder
 * @param {string} html
 * @param {string[]} [libraries] further ones, by their names in recipes
 * @param {Record<string, string>} [files] further files beside the page: their texts by name
 * @returns {Promise<string>} the folder to render
 */
export async function writeProject(dir, html, libraries = [], files = {}) {
  const source = path.join(dir, "source");
  await mkdir(source);
  for (const [name, text] of Object.entries({ "index.html": html, ...files })) {
    await writeFile(path.join(source, name), text);
  }
  const recipe = { vendor: ["gsap", "inter-400", "inter-800", ...libraries] };
  await writeFile(path.join(source, "materialize.json"), JSON.stringify(recipe));
  return materializeProject(source, path.join(dir, "ready"));
}
