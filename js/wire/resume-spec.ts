/** Whether a render's frames outlive a process that dies, and in what portions. */
import type { RenderConfig } from "../base/types.js";
import type { ResumeSpec } from "./generated.js";

/** Frames of a segment: as many as x264 puts between key frames by itself. */
const SEGMENT_FRAMES = 250;
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
  const asked = config.resumeSegments === true || config.keepSegments === true;
  if (!asked && (OFF.includes(capture) || args.includes("--no-resume"))) return undefined;
  const frames = Number(env.HF_SEGMENT_FRAMES?.trim() || SEGMENT_FRAMES);
  const seconds = Number(env.HF_SEGMENTED_MIN_SECONDS?.trim() || MIN_SECONDS);
  const always = asked || config.resume === true || capture === "true";
  return {
    segmentFrames: Math.max(LEAST_FRAMES, Math.round(frames)),
    minSeconds: always ? 0 : seconds,
    ...(config.keepSegments === true ? { keep: true } : {}),
  };
}
