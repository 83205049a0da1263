/** What the time of a finished render went into, from its `perfSummary`. */
import type { PerfSummary } from "../base/types.js";
import { chooseHint, type HintFigures, type RenderHint } from "./hint.js";

/** A part of a render's time. */
export interface RenderTimePart {
  /** The same in every version: `compile`, `start`, `frames`, `finish`. */
  name: string;
  seconds: number;
}

/** What {@link renderTimes} finds. */
export interface RenderTimes {
  totalSeconds: number;
  frames: number;
  /** Of the part `frames`. */
  framesPerSecond: number;
  /** One after the other; their sum is the total. */
  parts: RenderTimePart[];
  /**
   * Milliseconds a frame took of each step, largest first. Steps run beside each other, so their sum is
   * more than the time that passed. Empty when the HyperFrames engine rendered.
   */
  steps: { name: string; milliseconds: number }[];
  /** What would help most; absent when nothing stands out. */
  hint?: RenderHint;
}

/** What the core tells, as far as it is read here. */
interface NativeFigures {
  lane?: string;
  mode?: string;
  firstFrameMs?: number;
  encodeDrainMs?: number;
  msPerFrame?: Record<string, number>;
  granted?: { waitedMs?: number };
  attempts?: { encoder?: string[] }[];
}

interface Sizing {
  boundBy?: string;
  cpuBasedWorkers?: number;
}

const STEPS: Record<string, string> = {
  capture: "drawing in Chrome",
  seek: "the page's scripts",
  convert: "reading, converting and checking",
  encodeWait: "waiting for the encoder",
  fenceWait: "waiting for other workers",
};

const PARTS: Record<string, string> = {
  compile: "compiling the project",
  start: "until the first frame",
  frames: "frames",
  finish: "closing the file",
};

/**
 * What the time of a render went into, and what would help most.
 *
 * @example
 * const { perfSummary } = await renderJob({ projectDir, outputPath });
 * if (perfSummary) console.log(renderTimesText(renderTimes(perfSummary)));
 */
export function renderTimes(perf: PerfSummary): RenderTimes {
  const native = (perf.native ?? {}) as NativeFigures;
  const stage = (name: string) => Math.max(0, perf.stages[name] ?? 0);
  const total = perf.totalElapsedMs;
  const start = Math.min(native.firstFrameMs ?? stage("captureSetupMs"), total);
  const capture = Math.min(Math.max(stage("captureMs"), start), total);
  const finish = Math.min((native.encodeDrainMs ?? 0) + stage("assembleMs"), total - capture);
  // Under the CLI a project is compiled before the job begins.
  const compile = total - capture - finish;
  const framesSeconds = (capture - start) / 1000;
  const parts = [
    { name: "compile", seconds: compile / 1000 },
    { name: "start", seconds: start / 1000 },
    { name: "frames", seconds: framesSeconds },
    { name: "finish", seconds: finish / 1000 },
  ];
  const steps = Object.entries(native.msPerFrame ?? {})
    .map(([name, milliseconds]) => ({ name, milliseconds }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
  const hint = perf.native
    ? chooseHint(figuresOf(perf, native, (compile + start) / 1000, framesSeconds))
    : undefined;
  return {
    totalSeconds: total / 1000,
    frames: perf.totalFrames,
    framesPerSecond: framesSeconds > 0 ? perf.totalFrames / framesSeconds : 0,
    parts,
    steps,
    ...(hint ? { hint } : {}),
  };
}

function figuresOf(
  perf: PerfSummary,
  native: NativeFigures,
  startSeconds: number,
  framesSeconds: number,
): HintFigures {
  const { seek = 0, capture = 0, convert = 0, encodeWait = 0 } = native.msPerFrame ?? {};
  const sizing = (perf.workerSizing ?? {}) as Sizing;
  const workers = perf.workers ?? 1;
  const encoder = native.attempts?.at(-1)?.encoder ?? [];
  const codec = encoder[encoder.indexOf("-c:v") + 1] ?? "";
  return {
    totalSeconds: perf.totalElapsedMs / 1000,
    startSeconds,
    framesSeconds,
    frames: perf.totalFrames,
    perFrame: { seek, capture, convert, encodeWait },
    lane: native.lane ?? "screenshot",
    mode: native.mode ?? "screenshot",
    waitedSeconds: (native.granted?.waitedMs ?? 0) / 1000,
    workers,
    boundBy: sizing.boundBy ?? "cpu",
    cpuWorkers: sizing.cpuBasedWorkers ?? workers,
    preset: encoder.includes("-preset") ? encoder[encoder.indexOf("-preset") + 1] : undefined,
    usesGpu: /_(nvenc|videotoolbox|vaapi|qsv|amf)$/.test(codec),
    ...perf.resolution,
  };
}

/** {@link renderTimes} as some lines of text. */
export function renderTimesText(times: RenderTimes): string {
  const { totalSeconds, frames, framesPerSecond, parts, steps, hint } = times;
  const share = (seconds: number) => `${Math.round((seconds / totalSeconds) * 100)} %`.padStart(5);
  const row = ({ name, seconds }: RenderTimePart) => {
    const more = name === "frames" ? `   ${frames}, ${framesPerSecond.toFixed(1)} a second` : "";
    return `  ${(PARTS[name] ?? name).padEnd(24)}${seconds.toFixed(1).padStart(7)} s ${share(seconds)}${more}`;
  };
  const shown = steps.filter(({ milliseconds }) => milliseconds >= 0.05);
  const step = ({ name, milliseconds }: RenderTimes["steps"][number]) =>
    `    ${(STEPS[name] ?? name).padEnd(34)}${milliseconds.toFixed(1).padStart(6)} ms`;
  return [
    `What the ${totalSeconds.toFixed(1)} s of the render went into:`,
    ...parts.map(row),
    ...(shown.length > 0
      ? ["  A frame took, of steps that run beside each other:", ...shown.map(step)]
      : []),
    ...(hint ? [`Hint: ${hint.text}`] : []),
    "",
  ].join("\n");
}
