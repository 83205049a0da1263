/** The cells of the table of formats: every combination of what shapes an output file. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { putClip } from "../../e2e/support/hdr.mjs";
import { compositionPage, timed, video } from "../../e2e/support/html.mjs";
import { makeSound } from "../../e2e/support/sound.mjs";

const FORMATS = ["mp4", "webm", "mov", "gif", "png-sequence", "hls"];
const QUALITIES = ["draft", "standard", "high"];
const RATES = { 25: { num: 25, den: 1 }, 29.97: { num: 30_000, den: 1001 } };
const SIZES = { even: [160, 90], odd: [161, 91] };
/** Seconds: ten or twelve frames, and two segments of HLS. */
const SECONDS = 0.4;
const HLS_SECONDS = 1.2;
/** Kinds of HDR by the curve of the clip that makes an output HDR. */
const HDR = { hdr10: "pq", hlg: "hlg" };
const EVEN = (length) => length + (length % 2);

/**
 * @typedef {object} Cell
 * @property {string} name all of the below
 * @property {string} format
 * @property {"draft" | "standard" | "high"} quality
 * @property {boolean} clear the page has no background
 * @property {boolean} sound
 * @property {{ num: number, den: number }} fps
 * @property {number[]} size width and height in pixels
 * @property {number} seconds
 * @property {"pq" | "hlg"} [hdr] curve of the clip on the page; the output is HDR
 * @property {boolean} [padded] upstream refuses the size; its file of the next even one is compared
 */

/** All of them. @returns {Cell[]} */
export function allCells() {
  const cells = FORMATS.map((format) => ({
    format,
    seconds: format === "hls" ? HLS_SECONDS : SECONDS,
    words: [format],
  }));
  const times = (list, values) =>
    list.flatMap(({ words, ...cell }) =>
      values.map(([word, value]) => ({ ...cell, ...value, words: [...words, word] })),
    );
  const qualities = QUALITIES.map((quality) => [quality, { quality }]);
  const rest = [
    [false, true].map((sound) => [sound ? "sound" : "silent", { sound }]),
    Object.entries(RATES).map(([word, fps]) => [word, { fps }]),
    Object.entries(SIZES).map(([word, size]) => [word, { size }]),
  ];
  const pages = [false, true].map((clear) => [clear ? "clear" : "opaque", { clear }]);
  const hdr = Object.entries(HDR).map(([word, curve]) => ({
    format: "mp4",
    seconds: SECONDS,
    hdr: curve,
    clear: false,
    words: [word],
  }));
  return [
    ...[qualities, pages, ...rest].reduce(times, cells),
    ...[qualities, ...rest].reduce(times, hdr),
  ].map(({ words, ...cell }) => ({
    name: words.join(" "),
    ...cell,
    ...(cell.hdr && { padded: words.includes("odd") }),
  }));
}

/** The cell of the size that an odd one is padded to. @param {Cell} cell */
export const evenCell = (cell) => ({ ...cell, size: cell.size.map(EVEN) });

/** Cells whose names have all these words, in any order. */
export function cellsOf(words) {
  return allCells().filter(({ name }) => words.every((word) => name.split(" ").includes(word)));
}

/** Writes a cell's project. @param {string} folder @param {Cell} cell */
export async function writeCell(folder, { size, seconds, clear, sound, hdr }) {
  const body = ['<div id="box"></div>'];
  if (sound) {
    makeSound(path.join(folder, "tone.wav"), "sine=frequency=440:duration=2");
    const attributes = `data-start="0" data-duration="${seconds}" data-track-index="1"`;
    body.push(`<audio id="tone" src="tone.wav" ${attributes}></audio>`);
  }
  if (hdr) {
    await putClip({ project: folder }, "film.mp4", { curve: hdr, size: "160x90", seconds: 1 });
    const style = "position: absolute; inset: 0; width: 160px; height: 90px";
    body.unshift(video("film", "film.mp4", { style, ...timed(seconds, 2) }));
  }
  const style = `#root { background: ${clear ? "none" : "#246"}; }
      #box { position: absolute; top: 20px; width: 40px; height: 40px; background: #e73;
        animation: move ${seconds}s linear both; }
      @keyframes move { to { transform: translateX(90px); } }`;
  const page = compositionPage({ title: "Cell", seconds, size, style, body: body.join("\n") });
  writeFileSync(path.join(folder, "index.html"), page);
}
