/** The cells of the table of formats: every combination of what shapes an output file. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { compositionPage } from "../../e2e/support/html.mjs";
import { makeSound } from "../../e2e/support/sound.mjs";

const FORMATS = ["mp4", "webm", "mov", "gif", "png-sequence", "hls"];
const QUALITIES = ["draft", "standard", "high"];
const RATES = { 25: { num: 25, den: 1 }, 29.97: { num: 30_000, den: 1001 } };
const SIZES = { even: [160, 90], odd: [161, 91] };
/** Seconds: ten or twelve frames, and two segments of HLS. */
const SECONDS = 0.4;
const HLS_SECONDS = 1.2;

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
  const spread = [
    QUALITIES.map((quality) => [quality, { quality }]),
    [false, true].map((clear) => [clear ? "clear" : "opaque", { clear }]),
    [false, true].map((sound) => [sound ? "sound" : "silent", { sound }]),
    Object.entries(RATES).map(([word, fps]) => [word, { fps }]),
    Object.entries(SIZES).map(([word, size]) => [word, { size }]),
  ];
  return spread
    .reduce(times, cells)
    .map(({ words, ...cell }) => ({ name: words.join(" "), ...cell }));
}

/** Cells whose names have all these words, in any order. */
export function cellsOf(words) {
  return allCells().filter(({ name }) => words.every((word) => name.split(" ").includes(word)));
}

/** Writes a cell's project. @param {string} folder @param {Cell} cell */
export function writeCell(folder, { size, seconds, clear, sound }) {
  const body = ['<div id="box"></div>'];
  if (sound) {
    makeSound(path.join(folder, "tone.wav"), "sine=frequency=440:duration=2");
    const attributes = `data-start="0" data-duration="${seconds}" data-track-index="1"`;
    body.push(`<audio id="tone" src="tone.wav" ${attributes}></audio>`);
  }
  const style = `#root { background: ${clear ? "none" : "#246"}; }
      #box { position: absolute; top: 20px; width: 40px; height: 40px; background: #e73;
        animation: move ${seconds}s linear both; }
      @keyframes move { to { transform: translateX(90px); } }`;
  const page = compositionPage({ title: "Cell", seconds, size, style, body: body.join("\n") });
  writeFileSync(path.join(folder, "index.html"), page);
}
