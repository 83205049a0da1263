/** Facts about rendered pictures with transparency, by ffprobe and ffmpeg. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TIMEOUT_MS = 30_000;
/** What differs with every bit of the pictures, and the name. */
const UNEQUAL = ["bit_rate", "size", "filename"];

/**
 * Everything that ffprobe tells about a file and its streams, but sizes and names.
 *
 * @param {string} file
 * @returns {{ streams: Record<string, any>[], format: Record<string, any> }}
 */
export function describe(file) {
  const args = ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json"];
  const found = execFileSync("ffprobe", [...args, file], { encoding: "utf8", timeout: TIMEOUT_MS });
  return JSON.parse(found, (key, value) => (UNEQUAL.includes(key) ? undefined : value));
}

/**
 * Decodes all pictures.
 *
 * @param {string} file video, GIF, or the pattern of a picture sequence
 * @returns {Buffer} straight RGBA, one frame after the other
 */
export function decode(file) {
  // ffmpeg's own VP9 decoder leaves alpha out.
  const decoder = file.endsWith(".webm") ? ["-c:v", "libvpx-vp9"] : [];
  const input = ["-v", "error", "-nostdin", ...decoder, "-i", file];
  const raw = ["-fps_mode", "passthrough", "-pix_fmt", "rgba", "-f", "rawvideo", "-"];
  const limits = { maxBuffer: 256 << 20, timeout: TIMEOUT_MS };
  return execFileSync("ffmpeg", [...input, ...raw], limits);
}

/**
 * How far two decoded picture sequences are apart, 0 to 255. Colours are multiplied by their alpha
 * first: what a pixel that nearly is not there would look like, nobody sees.
 *
 * @param {Buffer} a straight RGBA
 * @param {Buffer} b the same
 * @returns {{ alpha: number, color: number, mean: number }} greatest differences, and the mean of
 *   those of the colours
 */
export function apart(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} bytes against ${b.length}`);
  let [alpha, color, sum] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 4) {
    alpha = Math.max(alpha, Math.abs(a[at + 3] - b[at + 3]));
    for (let c = at; c < at + 3; c++) {
      const difference = Math.abs(a[c] * a[at + 3] - b[c] * b[at + 3]) / 255;
      color = Math.max(color, difference);
      sum += difference;
    }
  }
  return { alpha, color, mean: sum / ((a.length / 4) * 3) };
}

/**
 * How often a GIF says it is to be played, 0 for ever; -1 when it does not say.
 *
 * @param {string} file
 */
export function loopsOf(file) {
  const bytes = readFileSync(file);
  const at = bytes.indexOf("NETSCAPE2.0", 0, "latin1");
  return at < 0 ? -1 : bytes.readUInt16LE(at + "NETSCAPE2.0".length + 2);
}
