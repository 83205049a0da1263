/**
 * The floor of a case with source video: decoding what is shown of its clips, and encoding its
 * frames. Drawing is left out, a page draws nothing of a clip by itself.
 */
import { measureFfmpeg } from "../ffmpeg.mjs";

/**
 * @typedef {object} Window what a case shows of a clip, once
 * @property {string} file absolute
 * @property {number} from seconds into the clip
 * @property {number} seconds
 */

/**
 * @typedef {object} VideoFloor
 * @property {number} frames
 * @property {{wallSeconds: number, cpuSeconds: number}} decode one clip after the other, one thread
 * @property {{wallSeconds: number, cpuSeconds: number}} encode
 */

/** Arguments that decode a window and drop its pictures. @param {Window} window */
export function decodeArgs({ file, from, seconds }) {
  const start = from > 0 ? ["-ss", String(from)] : [];
  const input = ["-threads", "1", ...start, "-i", file, "-t", String(seconds)];
  return ["-v", "info", ...input, "-map", "0:v:0", "-f", "null", "-"];
}

/**
 * Decodes every window.
 * @param {Window[]} windows
 * @param {AbortSignal} [signal]
 * @returns {Promise<VideoFloor["decode"]>} sums
 */
export async function decodeFloor(windows, signal) {
  const sum = { wallSeconds: 0, cpuSeconds: 0 };
  for (const window of windows) {
    const measured = await measureFfmpeg(decodeArgs(window), signal);
    for (const field of Object.keys(sum)) sum[field] += measured[field];
  }
  return sum;
}

/**
 * What an engine spends beside decoding and encoding.
 * @param {number} cpuSeconds of a whole render
 * @param {VideoFloor} floor
 * @returns {number} core-milliseconds per output frame
 */
export function besideFloor(cpuSeconds, { frames, decode, encode }) {
  return ((cpuSeconds - decode.cpuSeconds - encode.cpuSeconds) * 1000) / frames;
}

/**
 * @param {VideoFloor} floor
 * @param {{native?: number, upstream?: number}} [cpuSeconds] medians of whole renders
 * @returns {string} for people
 */
export function describeVideoFloor(floor, cpuSeconds = {}) {
  const each = ({ cpuSeconds: seconds }) => ((seconds * 1000) / floor.frames).toFixed(1);
  const beside = ["native", "upstream"]
    .filter((engine) => cpuSeconds[engine] !== undefined)
    .map((engine) => `${engine} ${besideFloor(cpuSeconds[engine], floor).toFixed(1)}`);
  return [
    `floor, core-ms a frame: decoding ${each(floor.decode)}, encoding ${each(floor.encode)}`,
    `besides, core-ms a frame: ${beside.join(", ")}`,
  ].join("\n");
}
