/** Folders of numbered PNG frames, as a render with `--format png-sequence` leaves them. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const TOOL = { timeout: 60_000, killSignal: "SIGKILL", maxBuffer: 256 * 1024 * 1024 };

const ffmpeg = () => process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";
const ffprobe = () => process.env.HYPERFRAMES_FFPROBE_PATH || "ffprobe";

/** Name of frame `number`, counted from 0. */
export const frameName = (number) => `frame_${String(number + 1).padStart(6, "0")}.png`;

/** @param {string} dir @returns {string} the frames as one input of ffmpeg */
export const asInput = (dir) => path.join(dir, "frame_%06d.png");

/** @param {string} dir @returns {Promise<number>} how many frames there are */
export async function frameCount(dir) {
  return (await readdir(dir)).filter((name) => /^frame_\d+\.png$/.test(name)).length;
}

/** @param {string} dir @returns {Promise<{width: number, height: number}>} of its first frame */
export async function pictureSize(dir) {
  const [first] = (await readdir(dir)).filter((name) => /^frame_\d+\.png$/.test(name)).sort();
  if (!first) throw new Error(`${dir}: no frame_*.png in it`);
  const show = ["-show_entries", "stream=width,height", "-of", "csv=p=0"];
  const { stdout } = await run(ffprobe(), ["-v", "error", ...show, path.join(dir, first)], TOOL);
  const [width, height] = stdout.trim().split(",").map(Number);
  return { width, height };
}

/**
 * @param {string} dir
 * @param {{width: number, height: number}} size of its pictures
 * @returns {Promise<Buffer[]>} frame by frame rows of red, green and blue bytes; alpha is left out
 */
export async function rgbFrames(dir, { width, height }) {
  const args = ["-v", "error", "-nostdin", "-i", asInput(dir), "-fps_mode", "passthrough"];
  const raw = [...args, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"];
  const { stdout } = await run(ffmpeg(), raw, { ...TOOL, encoding: "buffer" });
  const bytes = width * height * 3;
  return Array.from({ length: stdout.length / bytes }, (_, i) =>
    stdout.subarray(i * bytes, (i + 1) * bytes),
  );
}

/**
 * PSNR over a part of several pairs of pictures.
 * @param {[Buffer, Buffer][]} pairs rows of RGB bytes, all of one size
 * @param {{width: number, height: number}} size of the pictures
 * @param {{x: number, y: number, width: number, height: number}} area in whole pixels
 * @returns {number} dB, Infinity when equal
 */
export function decibels(pairs, size, area) {
  let sum = 0;
  let count = 0;
  for (const [a, b] of pairs) {
    for (let y = area.y; y < area.y + area.height; y++) {
      const from = (y * size.width + area.x) * 3;
      for (let i = from; i < from + area.width * 3; i++) {
        const difference = a[i] - b[i];
        sum += difference * difference;
      }
    }
    count += area.width * area.height * 3;
  }
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * count) / sum);
}
