/** Pages whose scenes are joined by transitions. */
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compositionPage, element, timed } from "./html.mjs";

const require = createRequire(import.meta.url);

/** What the scenes are painted with. */
export const RED = [200, 40, 40];
export const BLUE = [40, 60, 200];
/** What is around them. */
export const BACKGROUND = [20, 90, 60];

const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/**
 * Writes a page of 320x180 with a red and a blue scene, each smaller than the page.
 *
 * @param {{ project: string }} ws
 * @param {object} options
 * @param {object[]} options.transitions as the library takes them
 * @param {number} [options.seconds]
 * @param {string} [options.body] markup within the root, after the scenes
 * @param {string} [options.inside] markup within the first scene
 * @param {string} [options.style] further rules
 * @param {string} [options.before] script that runs first
 * @param {string} [options.after] script that runs last
 * @param {[number, number]} [options.size]
 * @param {string[]} [options.scenes] ids for the library
 */
export function writeScenes(ws, options) {
  const { transitions, seconds = 2, body = "", inside = "", style = "" } = options;
  const { before = "", after = "" } = options;
  const { size, scenes = ["a", "b"] } = options;
  const scene = (id, track, content) =>
    element("div", { id, class: "scene", ...timed(seconds, track) }, content);
  putLibraries(ws);
  const text = compositionPage({
    title: "Scenes",
    seconds,
    size,
    timeline: true,
    head: `<script>${before}</script>
    <script src="gsap.js"></script>
    <script src="shader-transitions.js"></script>`,
    style: `#root { background: ${css(BACKGROUND)}; }
      .scene { position: absolute; inset: 20px; }
      #a { background: ${css(RED)}; }
      #b { background: ${css(BLUE)}; }
      ${style}`,
    body: [scene("a", 0, inside), scene("b", 1), body].join("\n      "),
    after: `<script>
      const tl = gsap.timeline({ paused: true });
      window.__timelines = { main: tl };
      HyperShader.init({
        bgColor: "#000", scenes: ${JSON.stringify(scenes)}, timeline: tl,
        transitions: ${JSON.stringify(transitions)},
      });
      ${after}
    </script>`,
  });
  writeFileSync(join(ws.project, "index.html"), text);
}

/** Puts the libraries that make transitions into the project. @param {{ project: string }} ws */
export function putLibraries(ws) {
  for (const [name, as] of [
    ["gsap/dist/gsap.min.js", "gsap.js"],
    ["@hyperframes/shader-transitions/dist/index.global.js", "shader-transitions.js"],
  ]) {
    copyFileSync(fileOf(name), join(ws.project, as));
  }
}

/** A file of a package, which need not export it. */
function fileOf(name) {
  const parts = name.split("/");
  const length = name.startsWith("@") ? 2 : 1;
  for (const dir of require.resolve.paths(name) ?? []) {
    try {
      return require.resolve(join(dir, ...parts.slice(0, length), ...parts.slice(length)));
    } catch {
      // The next folder.
    }
  }
  throw new Error(`${name} is not installed; run npm install in ${dirname(import.meta.url)}`);
}

/**
 * The colour of a pixel in every frame.
 *
 * @param {string} file
 * @param {number} x
 * @param {number} y
 * @param {"rgb24" | "rgba"} [format]
 * @returns {number[][]}
 */
export function pixelOverTime(file, x, y, format = "rgb24") {
  const decoder = file.endsWith(".webm") ? ["-c:v", "libvpx-vp9"] : [];
  // Its tags say so, but ffmpeg 5 does not look at them.
  const matrix = file.endsWith(".mp4") ? "scale=in_color_matrix=bt709," : "";
  const filter = `${matrix}format=${format},crop=1:1:${x}:${y}`;
  const input = ["-v", "error", "-nostdin", ...decoder, "-i", file, "-vf", filter];
  const raw = execFileSync(
    "ffmpeg",
    [...input, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", format, "-"],
    { timeout: 60_000, maxBuffer: 1 << 26 },
  );
  const channels = format === "rgba" ? 4 : 3;
  return Array.from({ length: raw.length / channels }, (_, i) => [
    ...raw.subarray(i * channels, (i + 1) * channels),
  ]);
}

/** Whether two colours are the same but for what encoding does to them. */
export const near = (a, b, within = 6) => a.every((value, k) => Math.abs(value - b[k]) <= within);

/** The colour `share` of the way from `a` to `b`. */
export const between = (a, b, share) => a.map((value, k) => value + (b[k] - value) * share);
