/** What encoding costs by itself: upstream's own ffmpeg command lines, fed with raw frames. */
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, statfs } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { probe } from "../../../__test__/conformance/compare.mjs";
import { measureFfmpeg, runFfmpeg } from "../ffmpeg.mjs";
import { pictures } from "../output.mjs";
import { encoders, fromRawFrames } from "./encoder-commands.mjs";

const MEMORY_DISK = "/dev/shm";
/** Bytes per pixel of the raw formats used here. */
const PIXEL_BYTES = { yuv420p: 1.5, yuva420p: 2.5, rgba: 4, bgra: 4, rgb48le: 6 };

/** What the encoder of each format is given. */
const RAW_FORMAT = { mp4: "yuv420p", webm: "yuva420p", gif: "bgra", "png-sequence": "rgba" };

/** What an encoder of HDR is given, whatever the format. */
const HDR_FORMAT = "rgb48le";
const isHdr = (args) => args.includes("libx265");

/** Nobody encodes upstream's PNG sequence but the browser: this stands in for an encoder. */
const PNG_ENCODER = ["-c:v", "png", "-compression_level", "1", "frame_%06d.png"];

/** Arguments that read a finished render, whatever its format. */
async function readerArgs(output, format, fps) {
  if (format === "webm") return ["-c:v", "libvpx-vp9", "-i", output];
  if (format !== "png-sequence") return ["-i", output];
  const [first] = await pictures(output);
  const digits = /(\d+)\.png$/i.exec(first)?.[1];
  if (!digits) throw new Error(`${path.join(output, first)}: its name has no number`);
  const pattern = `${first.slice(0, -digits.length - 4)}%0${digits.length}d.png`;
  const from = ["-framerate", String(fps), "-start_number", String(Number(digits))];
  return [...from, "-i", path.join(output, pattern)];
}

/** A folder on a memory disk with that much room, else among the temporary files. */
async function roomFor(bytes) {
  let parent = os.tmpdir();
  if (existsSync(MEMORY_DISK)) {
    const { bavail, bsize } = await statfs(MEMORY_DISK);
    if (bavail * bsize > bytes * 1.2) parent = MEMORY_DISK;
  }
  return mkdtemp(path.join(parent, "hf-bench-raw-"));
}

/** Width and height of a finished render, in pixels. */
async function sizeOf(output) {
  const folder = (await stat(output)).isDirectory();
  const file = folder ? path.join(output, (await pictures(output))[0]) : output;
  return probe(file);
}

/**
 * Encodes the frames of a finished render again, from raw files.
 * @param {object} options
 * @param {string} options.output the finished render: file, or folder of pictures
 * @param {keyof RAW_FORMAT} options.format that `commands` make
 * @param {keyof RAW_FORMAT} options.outputFormat of `output`
 * @param {number} options.frames
 * @param {number} options.fps
 * @param {string[][]} options.commands all ffmpeg command lines seen in upstream's render
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<{wallSeconds: number, cpuSeconds: number}>}
 * @throws when none of the commands encodes frames
 */
export async function encodeFloor({ output, format, outputFormat, frames, fps, commands, signal }) {
  const seen = format === "png-sequence" ? [["-i", "-", ...PNG_ENCODER]] : encoders(commands);
  if (!seen.length) throw new Error(`no encoder was seen in upstream's ${format} render`);
  const { width, height } = await sizeOf(output);
  const pixels = seen.some(isHdr) ? HDR_FORMAT : RAW_FORMAT[format];
  const dir = await roomFor(width * height * PIXEL_BYTES[pixels] * frames);
  try {
    const raw = path.join(dir, "frames.raw");
    const shape = ["-f", "rawvideo", "-pix_fmt", pixels];
    await runFfmpeg(
      [...(await readerArgs(output, outputFormat, fps)), "-an", "-fps_mode", "passthrough"].concat(
        shape,
        raw,
      ),
      { signal },
    );
    const inputArgs = [...shape, "-s", `${width}x${height}`, "-framerate", String(fps), "-i", raw];
    let wallSeconds = 0;
    let cpuSeconds = 0;
    for (const args of fromRawFrames(seen, { inputArgs, dir })) {
      const measured = await measureFfmpeg(args, signal);
      wallSeconds += measured.wallSeconds;
      cpuSeconds += measured.cpuSeconds;
    }
    return { wallSeconds, cpuSeconds };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
