/** Pages with source clips, and which source frame a rendered file shows where. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeCells, readCodeAt } from "../../../scripts/lib/media-code.mjs";
import { compositionPage, timed, video } from "./html.mjs";

/**
 * @typedef {object} Box where a clip is on the page, and when
 * @property {string} id
 * @property {string} src path in the project
 * @property {[number, number, number, number]} rect left, top, width, height
 * @property {Record<string, unknown>} [attributes] further attributes, e.g. an in-point
 */

/**
 * Writes a page of clips that last as long as the page.
 *
 * @param {{ project: string }} ws
 * @param {object} page
 * @param {Box[]} page.clips
 * @param {number} page.seconds
 * @param {string} [page.body] further markup
 * @param {string} [page.script] runs after the clips exist
 */
export function writeClipPage(ws, { clips, seconds, body = "", script = "" }) {
  const videos = clips.map(({ id, src, rect: [x, y, w, h], attributes = {} }, track) => {
    const style = `left: ${x}px; top: ${y}px; width: ${w}px; height: ${h}px`;
    return video(id, src, { style, ...timed(seconds, track), ...attributes });
  });
  const text = compositionPage({
    title: "Clips",
    seconds,
    size: [640, 360],
    style: `#root { background: #123; }
      video { position: absolute; object-fit: fill; }`,
    body: [...videos, body].join("\n      "),
    after: `<script>${script}</script>`,
  });
  writeFileSync(join(ws.project, "index.html"), text);
}

/** Where pages show numbers of their own: what they log does not leave the browser. */
export const TOLD = { rect: [320, 180, 320, 180] };

/**
 * A field in which a page can show a number, as test clips do, with clip number 0.
 *
 * @returns {{ body: string, script: string }} markup, and a function `tell(number)` for the page
 */
export function numberField() {
  const [x, y, width, height] = TOLD.rect;
  const cells = codeCells({ x, y, width, height }).map((cell) => {
    const place = `left: ${cell.x}px; top: ${cell.y}px`;
    const size = `width: ${cell.width}px; height: ${cell.height}px`;
    return `<i class="bit" style="position: absolute; ${place}; ${size}"></i>`;
  });
  const script = `
    const tell = (number) => {
      const bits = [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (Math.floor(number) >> i) & 1);
      const parity = bits.reduce((sum, bit) => sum ^ bit, 0);
      const row = [1, ...bits.slice(0, 6), 0, ...bits.slice(6), 0, 0, 0, 0, parity, 1 - parity];
      document.querySelectorAll(".bit").forEach((cell, i) => {
        cell.style.background = row[i] ? "#fff" : "#000";
      });
    };
  `;
  return { body: cells.join(""), script };
}

/**
 * @param {string} file rendered from such a page
 * @returns {number[]} what it told in that field, frame by frame; frames without a number left out
 */
export function numbersTold(file) {
  return framesShown(file, [TOLD])[0].flatMap((code) => (code ? [Number(code.split(":")[1])] : []));
}

/**
 * @param {string} file rendered from such a page
 * @param {Pick<Box, "rect">[]} boxes
 * @returns {(string | null)[][]} per box, "clip:frame" of every output frame; null is unreadable
 */
export function framesShown(file, boxes) {
  const size = { width: 640, height: 360 };
  const args = ["-v", "error", "-nostdin", "-i", file, "-pix_fmt", "gray", "-f", "rawvideo", "-"];
  const raw = execFileSync("ffmpeg", args, { maxBuffer: 1 << 30, timeout: 60_000 });
  const bytes = size.width * size.height;
  assert.equal(raw.length % bytes, 0, "frames of another size");
  const frames = Array.from({ length: raw.length / bytes }, (_, i) => raw.subarray(i * bytes));
  return boxes.map(({ rect: [x, y, width, height] }) =>
    frames.map((grey) => {
      const code = readCodeAt(grey, size, { x, y, width, height });
      return code ? `${code.clip}:${code.frame}` : null;
    }),
  );
}
