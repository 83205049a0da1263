/** Whether a render's frames outlive a process that dies, and in what portions. */
import type { RenderConfig } from "../base/types.js";
import type { ResumeSpec } from "./generated.js";

/** Shorter renders are soon done again. */
const MIN_SECONDS = 30;
/** Upstream's least. */
const LEAST_FRAMES = 30;
const OFF = ["false", "0", "off", "no"];

/**
 * What is kept of a render that ends early: everything whole of a long one, unless `--no-resume`,
 * `resume: false` or HF_SEGMENTED_CAPTURE=false turns that off. A render that is to be strict goes through
 * all its frames, since each may bring a warning.
 *
 * @param args the command line without node and script
 * @returns undefined when nothing is kept
 */
export function resumeSpec(
  config: RenderConfig,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = process.argv.slice(2),
): ResumeSpec | undefined {
  const capture = env.HF_SEGMENTED_CAPTURE?.trim().toLowerCase() ?? "";
  if (config.strictness === "strict" || config.resume === false) return undefined;
  if (OFF.includes(capture) || args.includes("--no-resume")) return undefined;
  const { resume, resumeSegments, keepSegments } = config;
  const always = resume || resumeSegments || keepSegments || capture === "true";
  const seconds = numberIn(env.HF_SEGMENTED_MIN_SECONDS);
  const frames = numberIn(env.HF_SEGMENT_FRAMES);
  const isWhole = frames !== undefined && Number.isInteger(frames);
  return {
    ...(isWhole ? { segmentFrames: Math.max(LEAST_FRAMES, frames) } : {}),
    minSeconds: always ? 0 : Math.max(0, seconds ?? MIN_SECONDS),
    ...(keepSegments ? { keep: true } : {}),
  };
}

/** The finite number in a variable, if there is one. */
function numberIn(text: string | undefined): number | undefined {
  const number = Number(text?.trim() || Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}
