/** ffmpeg's command line that joins encoded chunks without encoding them again. */

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { NativeRenderError } from "../base/errors.js";
import { type FfmpegTool, toolProgram } from "../base/ffmpeg-tools.js";
import type { DistributedFormat } from "./distributed-types.js";

/** What becomes of the sound, which is AAC, in each container. */
const CONTAINERS = {
  mp4: { sound: ["-c:a", "copy"], flags: ["-movflags", "+faststart"], keepsTags: true },
  mov: { sound: ["-c:a", "copy"], flags: [], keepsTags: true },
  webm: { sound: ["-c:a", "libopus", "-b:a", "128k"], flags: [], keepsTags: false },
} as const;

/** What {@link joinArgs} needs. */
export interface JoinSettings {
  format: DistributedFormat;
  fpsNum: number;
  fpsDen: number;
  /** File with the list of chunks. */
  list: string;
  sound: string | null;
  joined: string;
  /** Written as `hyperframes_version`. */
  version: string;
}

/** A chunk, and how many frames it has. */
export interface FilmOfChunk {
  path: string;
  frames: number;
}

type Rate = Pick<JoinSettings, "fpsNum" | "fpsDen">;

/**
 * ffmpeg's list of files, one after the other. Their lengths are told in microseconds, rounded so that
 * no border is off by more than half of one, however many there are.
 */
export function concatList(chunks: readonly FilmOfChunk[], { fpsNum, fpsDen }: Rate): string {
  let begin = 0;
  let count = 0;
  const lines = chunks.map(({ path, frames }) => {
    count += frames;
    const end = Math.round((count * fpsDen * 1e6) / fpsNum);
    const length = ((end - begin) / 1e6).toFixed(6);
    begin = end;
    return `file '${resolve(path).replaceAll("'", "'\\''")}'\nduration ${length}\n`;
  });
  return lines.join("");
}

/**
 * The arguments. WebM has whole milliseconds, which chunks have rounded from their own beginning; there
 * each frame gets its time again, rounded once.
 */
export function joinArgs(settings: JoinSettings): string[] {
  const { format, fpsNum, fpsDen, list, sound, joined, version } = settings;
  const container = CONTAINERS[format as keyof typeof CONTAINERS];
  const fps = fpsDen === 1 ? `${fpsNum}` : `${fpsNum}/${fpsDen}`;
  const times = `setts=ts=round(N*${1000 * fpsDen}/${fpsNum})`;
  return [
    ...["-v", "error", "-nostdin", "-r", fps, "-f", "concat", "-safe", "0", "-i", list],
    ...(sound === null ? [] : ["-i", sound]),
    ...["-map", "0:v:0", ...(sound === null ? [] : ["-map", "1:a:0"])],
    ...["-c:v", "copy", ...(format === "webm" ? ["-bsf:v", times] : [])],
    ...(sound === null ? [] : container.sound),
    ...container.flags,
    ...["-metadata", "hyperframes_renderer=hyperframes"],
    ...["-metadata", `hyperframes_version=${version}`],
    ...(container.keepsTags ? ["-movflags", "+use_metadata_tags"] : []),
    ...["-r", fps, "-f", format, "-y", joined],
  ];
}

/** What rounding to milliseconds can do to the distance of two times, seconds. */
const TOLERANCE_S = 0.0011;

/** When a tool is stopped. */
export interface ToolLimits {
  /** Deadline in ms. */
  timeout: number;
  signal: AbortSignal | undefined;
}

/**
 * Runs ffmpeg or ffprobe and gives what it printed.
 *
 * @throws NativeRenderError `HF_NATIVE_FFMPEG_NOT_FOUND` or `HF_NATIVE_ENCODE` with its last words
 */
export function runTool(
  tool: FfmpegTool,
  args: readonly string[],
  { timeout, signal }: ToolLimits,
): Promise<string> {
  const options = {
    timeout,
    killSignal: "SIGKILL",
    windowsHide: true,
    // Of a day at 60 frames a second, each with its time.
    maxBuffer: 1 << 27,
    ...(signal ? { signal } : {}),
  } as const;
  return new Promise((fulfil, reject) => {
    execFile(toolProgram(tool), args, options, (error, stdout, stderr) => {
      if (!error) return fulfil(stdout);
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const why = isMissing
        ? `${tool} was not found; install it or set its path`
        : `${tool} could not join the chunks: ${stderr.trim().slice(-400) || error.message}`;
      const code = isMissing ? "HF_NATIVE_FFMPEG_NOT_FOUND" : "HF_NATIVE_ENCODE";
      reject(new NativeRenderError(code, why, { stage: "assemble" }));
    });
  });
}

/**
 * Checks that a joined film has so many frames, each at its time.
 *
 * @throws NativeRenderError `HF_NATIVE_TRUNCATED` or `HF_NATIVE_ENCODE`
 */
export async function assertFrames(
  path: string,
  count: number,
  { fpsNum, fpsDen }: Rate,
  limits: ToolLimits,
): Promise<void> {
  const entries = ["-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0"];
  const told = await runTool("ffprobe", ["-v", "error", ...entries, path], limits);
  // Lines of other data that frames carry begin with something else.
  const lines = told.split("\n").filter((line) => /^(?:-?\d|N\/A)/.test(line));
  const times = lines.map((line) => Number.parseFloat(line));
  if (times.length !== count) {
    throw new NativeRenderError(
      "HF_NATIVE_TRUNCATED",
      `the joined chunks have ${times.length} frames, and the plan has ${count}; check that each chunk ` +
        "was given once, in its order",
      { stage: "assemble" },
    );
  }
  // Opus begins before the first frame, and WebM has no times before 0.
  const [first = 0] = times;
  const isWrong = (time: number, at: number) =>
    !(Math.abs(time - first - (at * fpsDen) / fpsNum) <= TOLERANCE_S);
  const wrong = first < 0.1 ? times.findIndex(isWrong) : 0;
  if (wrong >= 0) {
    throw new NativeRenderError(
      "HF_NATIVE_ENCODE",
      `frame ${wrong} of the joined chunks is at ${times[wrong]} s; check that the chunks are those of ` +
        "this plan, in their order",
      { stage: "assemble" },
    );
  }
}
