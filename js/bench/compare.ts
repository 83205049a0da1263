/** How far the pictures and the sound of two files are apart, by ffmpeg. */

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { toolProgram } from "../base/ffmpeg-tools.js";

const TOOL_MS = 300_000;
const KEPT_BYTES = 64 * 1024 * 1024;
/** Both sounds are compared as this. */
const SOUND = "aformat=sample_fmts=flt:sample_rates=48000:channel_layouts=stereo";

/** What of a file is of interest here. */
export interface MediaFacts {
  /** Frames of the first video stream. */
  frames: number;
  /** Seconds. */
  duration: number;
  width: number;
  height: number;
  hasSound: boolean;
}

function run(program: string, args: readonly string[], signal?: AbortSignal, cwd?: string) {
  return promisify(execFile)(program, [...args], {
    timeout: TOOL_MS,
    killSignal: "SIGKILL",
    maxBuffer: KEPT_BYTES,
    signal,
    cwd,
  });
}

/** @throws when the file has no video, or cannot be read */
export async function mediaFacts(file: string, signal?: AbortSignal): Promise<MediaFacts> {
  const args = ["-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json"];
  const { stdout } = await run(toolProgram("ffprobe"), [...args, file], signal);
  const { streams, format } = JSON.parse(stdout) as {
    streams: Record<string, unknown>[];
    format: Record<string, unknown>;
  };
  const video = streams.find((stream) => stream.codec_type === "video");
  if (!video) throw new Error(`${file}: no video stream`);
  return {
    frames: Number(video.nb_read_packets),
    duration: Number(video.duration ?? format.duration),
    width: Number(video.width),
    height: Number(video.height),
    hasSound: streams.some((stream) => stream.codec_type === "audio"),
  };
}

/** Frames are paired by their number, whatever their timestamps say. */
const byNumber = (input: number, label: string) => `[${input}:v]settb=1/1,setpts=N[${label}]`;

/**
 * PSNR of each frame pair over all planes, and from the mean square error of all frames, in dB;
 * identical frames are Infinity.
 *
 * @param other of the same size and pixel format
 */
export async function framePsnr(
  ours: string,
  other: string,
  signal?: AbortSignal,
): Promise<{ perFrame: number[]; mean: number }> {
  const dir = await mkdtemp(join(tmpdir(), "hf-compare-"));
  try {
    const graph = `${byNumber(0, "a")};${byNumber(1, "b")};[a][b]psnr=stats_file=psnr.log:shortest=1:repeatlast=0`;
    const args = ["-hide_banner", "-nostdin", "-i", resolve(ours), "-i", resolve(other)];
    const all = [...args, "-lavfi", graph, "-f", "null", "-"];
    const { stderr } = await run(toolProgram("ffmpeg"), all, signal, dir);
    const log = await readFile(join(dir, "psnr.log"), "utf8");
    const perFrame = [...log.matchAll(/psnr_avg:(\S+)/g)].map(([, text]) => decibel(text));
    const mean = /PSNR .*average:(\S+)/.exec(stderr)?.[1];
    if (!perFrame.length || mean === undefined) {
      throw new Error(`psnr of ${ours} and ${other} gave no frames`);
    }
    return { perFrame, mean: decibel(mean) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * The difference of two sounds: its root mean square and its largest sample in dB below full scale;
 * -Infinity for equal ones.
 */
export async function soundDifference(
  ours: string,
  other: string,
  signal?: AbortSignal,
): Promise<{ rms: number; peak: number }> {
  const graph =
    `[0:a]${SOUND}[a];[1:a]${SOUND}[b];[a][b]amerge=inputs=2,` +
    "pan=stereo|c0=c0-c2|c1=c1-c3,astats=measure_perchannel=none";
  const args = ["-hide_banner", "-nostdin", "-i", ours, "-i", other];
  const { stderr } = await run(
    toolProgram("ffmpeg"),
    [...args, "-filter_complex", graph, "-f", "null", "-"],
    signal,
  );
  const level = (name: string) => new RegExp(`${name} level dB: (\\S+)`).exec(stderr)?.[1];
  const [rms, peak] = [level("RMS"), level("Peak")];
  if (rms === undefined || peak === undefined) {
    throw new Error(`astats of ${ours} and ${other} gave no levels`);
  }
  return { rms: decibel(rms), peak: decibel(peak) };
}

function decibel(text: string | undefined): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  return text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
}
