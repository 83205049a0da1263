/** What a render leaves behind in each format, and how many frames that has. */
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { probe } from "../../__test__/conformance/compare.mjs";

/** Formats that a bench may ask for: name of `--format` to the file extension; "" is a folder. */
export const FORMATS = { mp4: ".mp4", webm: ".webm", gif: ".gif", "png-sequence": "" };

/** Formats that keep a page's transparency. */
export const TRANSPARENT = new Set(["webm", "png-sequence"]);

/**
 * @param {string} dir
 * @param {string} name without extension
 * @param {keyof typeof FORMATS} format
 */
export function outputPath(dir, name, format) {
  if (!(format in FORMATS)) {
    throw new Error(`bench format "${format}"; use ${Object.keys(FORMATS).join(", ")}`);
  }
  return path.join(dir, name + FORMATS[format]);
}

/**
 * The pictures of a PNG sequence, in order.
 * @param {string} dir
 * @returns {Promise<string[]>} names
 */
export async function pictures(dir) {
  const names = await readdir(dir);
  return names.filter((name) => /\.png$/i.test(name)).sort();
}

/**
 * @param {string} output video file, or folder of pictures
 * @returns {Promise<number>} above 0
 * @throws when there is none
 */
export async function countFrames(output) {
  const folder = (await stat(output)).isDirectory();
  const frames = folder ? (await pictures(output)).length : (await probe(output)).frames;
  if (!(frames > 0)) throw new Error(`${output}: no frames`);
  return frames;
}
