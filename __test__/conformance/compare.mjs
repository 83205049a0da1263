/** Compares two video files: streams, frame count, duration, and every frame by PSNR. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { framePsnr } from "../../dist/bench/compare.js";

const run = promisify(execFile);
const TOOL = { timeout: 300_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 };
const DIFFERENCE_GAIN = 8;

/** What has to be equal in each stream. */
const STREAM_FIELDS = [
  "codec_type",
  "codec_name",
  "codec_tag_string",
  "profile",
  "level",
  "has_b_frames",
  "width",
  "height",
  "sample_aspect_ratio",
  "pix_fmt",
  "field_order",
  "r_frame_rate",
  "avg_frame_rate",
  "time_base",
  "color_range",
  "color_space",
  "color_transfer",
  "color_primaries",
  "chroma_location",
];

const ffprobe = () => process.env.HYPERFRAMES_FFPROBE_PATH || "ffprobe";
const ffmpeg = () => process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";

/**
 * @param {string} file
 * @returns {Promise<{frames: number, duration: number, width: number, height: number, rate: number,
 *   streams: Record<string, unknown>[]}>} `duration` in seconds; `rate` in frames per second;
 *   `streams` only has what is compared
 */
export async function probe(file) {
  const args = [
    "-v",
    "error",
    "-count_packets",
    "-show_streams",
    "-show_format",
    "-of",
    "json",
    file,
  ];
  const { stdout } = await run(ffprobe(), args, TOOL);
  const { streams, format } = JSON.parse(stdout);
  const video = streams.find((stream) => stream.codec_type === "video");
  if (!video) throw new Error(`${file}: no video stream`);
  const [frames, seconds] = video.r_frame_rate.split("/").map(Number);
  return {
    frames: Number(video.nb_read_packets),
    duration: Number(video.duration ?? format.duration),
    width: video.width,
    height: video.height,
    rate: frames / seconds,
    streams: streams.map((stream) =>
      Object.fromEntries(STREAM_FIELDS.map((name) => [name, stream[name]])),
    ),
  };
}

/**
 * Names of the differences between two stream lists, for people.
 * @returns {string[]} empty when equal
 */
export function streamDifferences(ours, other, otherTags = []) {
  const fields = STREAM_FIELDS.filter((name) => !otherTags.includes(name));
  if (ours.length !== other.length) return [`${ours.length} streams instead of ${other.length}`];
  return other.flatMap((stream, index) =>
    fields
      .filter((name) => stream[name] !== ours[index][name])
      .map((name) => `stream ${index} ${name}: ${ours[index][name]} instead of ${stream[name]}`),
  );
}

/**
 * PSNR of each frame pair over all planes, in dB; identical frames are Infinity.
 * @param {string} ours
 * @param {string} other of the same size and pixel format
 * @param {number[]} [otherFrames] that do not count for `worst`
 * @returns {Promise<{perFrame: number[], worst: number, mean: number, firstDifferent: number}>}
 *   `mean` from the mean square error of all frames; `firstDifferent` -1 when there is none
 */
export async function psnr(ours, other, otherFrames = []) {
  const { perFrame, mean } = await framePsnr(ours, other);
  return {
    perFrame,
    mean,
    worst: Math.min(...perFrame.filter((_, frame) => !otherFrames.includes(frame))),
    firstDifferent: perFrame.findIndex((value) => value !== Number.POSITIVE_INFINITY),
  };
}

/**
 * Numbers of the frames that differ most, worst first.
 * @param {number[]} perFrame dB
 * @param {number} count
 */
export function worstFrames(perFrame, count) {
  return perFrame
    .map((value, frame) => ({ value, frame }))
    .filter(({ value }) => value !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a.value - b.value)
    .slice(0, count)
    .map(({ frame }) => frame);
}

/**
 * Writes one frame of both files side by side with their difference (amplified) as PNG.
 * @param {string} ours
 * @param {string} other
 * @param {number} frame number from 0
 * @param {string} file
 */
export async function writeSideBySide(ours, other, frame, file) {
  await mkdir(path.dirname(file), { recursive: true });
  const pick = (input, label) =>
    `[${input}:v]settb=1/1,setpts=N,select='eq(n,${frame})',format=gbrp,split[${label}][${label}2]`;
  const gain = `val*${DIFFERENCE_GAIN}`;
  const graph = [
    pick(0, "a"),
    pick(1, "b"),
    `[a2][b2]blend=all_mode=difference,lutrgb=r=${gain}:g=${gain}:b=${gain}[d]`,
    "[a][b][d]hstack=inputs=3",
  ].join(";");
  const args = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-i", ours, "-i", other];
  await run(ffmpeg(), [...args, "-lavfi", graph, "-frames:v", "1", file], TOOL);
}
