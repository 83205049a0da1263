/** Pages of bars that move to the right, one below the other, and where they are in every frame. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compositionPage } from "./html.mjs";
import { putLibraries } from "./scenes.mjs";

export const FPS = 30;
const WIDTH = 320;
const ROW = 20;
const BAR = 20;
/** Of one channel of a pixel that belongs to a bar. */
const LIT = 100;

/**
 * @typedef {object} Bar
 * @property {string} [style] rules
 * @property {string} [body] markup; an element `id` of class `bar` without it
 * @property {string} [script] statements; `tl` is the timeline, `$(id)` an element, and
 *   `become(id, classes, seconds)` sets classes at a time
 * @property {(t: number) => number | null} at its left edge at `t` seconds; null while it is hidden
 */

/** What `t` has become of the way from 0 to `end`. */
export const until = (t, end = 1) => Math.min(end, Math.max(0, t));

/**
 * Writes a page with these bars.
 *
 * @param {{ project: string }} ws
 * @param {Record<string, Bar>} bars by the id of the element that moves
 * @param {number} seconds
 */
export function writeBars(ws, bars, seconds) {
  putLibraries(ws);
  const rows = Object.entries(bars);
  const row = ([id, { body = `<div id="${id}" class="bar"></div>` }], index) =>
    `<div class="row" style="top: ${index * ROW}px">${body}</div>`;
  const script = ([, { script = "" }]) => `{ ${script} }`;
  const text = compositionPage({
    title: "Bars",
    seconds,
    size: [WIDTH, rows.length * ROW],
    timeline: true,
    head: `<script src="gsap.js"></script>`,
    style: `#root { background: #101010; }
      .row { position: absolute; left: 0; width: ${WIDTH}px; height: ${ROW}px; }
      .row svg { position: absolute; left: 0; width: ${WIDTH}px; height: ${ROW}px; fill: #f00; }
      .bar { position: absolute; left: 0; width: ${BAR}px; height: 10px; background: #f00; }
      @keyframes go { from { left: 0 } to { left: 200px } }
      @keyframes back { from { left: 200px } to { left: 100px } }
      ${rows.map(([, { style = "" }]) => style).join("\n")}`,
    body: rows.map(row).join("\n"),
    after: `<script>
      const $ = (id) => document.getElementById(id);
      const tl = gsap.timeline({ paused: true });
      const become = (id, classes, at) => tl.set($(id), { attr: { class: "bar " + classes } }, at);
      ${rows.map(script).join("\n")}
      tl.to({}, { duration: ${seconds} }, 0);
      window.__timelines = { main: tl };
    </script>`,
  });
  writeFileSync(join(ws.project, "index.html"), text);
}

/** The left edge of the bar in one line of pixels; null without one. */
function edge(line) {
  let [sum, weight, lit] = [0, 0, false];
  for (let x = 0; x < WIDTH; x += 1) {
    const share = Math.max(0, line[3 * x] - 16);
    sum += share * x;
    weight += share;
    lit ||= line[3 * x] > LIT;
  }
  return lit ? sum / weight - (BAR - 1) / 2 : null;
}

/**
 * Bars that are not where they have to be.
 *
 * @param {string} file a video of the page
 * @param {Record<string, Bar>} bars
 * @returns {string[]} for each of them, where it first was, and how many frames are wrong
 */
export function misplaced(file, bars) {
  const output = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
  const raw = execFileSync("ffmpeg", ["-v", "error", "-i", file, ...output], {
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  const rows = Object.entries(bars);
  const line = WIDTH * 3;
  const frames = raw.length / (line * rows.length * ROW);
  return rows.flatMap(([id, { at }], row) => {
    const wrong = [];
    for (let frame = 0; frame < frames; frame += 1) {
      const start = (frame * rows.length * ROW + row * ROW + 5) * line;
      const is = edge(raw.subarray(start, start + line));
      const due = at(frame / FPS);
      const same = is === null || due === null ? is === due : Math.abs(is - due) <= 1.5;
      if (!same) wrong.push(`${id}: frame ${frame} at ${is?.toFixed(1)}, due ${due?.toFixed(1)}`);
    }
    return wrong.length > 0 ? [`${wrong[0]} (${wrong.length} frames)`] : [];
  });
}

/** Hash of the decoded frames of a video. */
export const pictures = (file) =>
  execFileSync("ffmpeg", ["-v", "error", "-i", file, "-map", "0:v", "-f", "md5", "-"], {
    encoding: "utf8",
    timeout: 60_000,
  }).trim();
