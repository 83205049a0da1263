/** `renderJob()`: one call from a project folder to a finished file. */
import { resolve } from "node:path";
import { defined } from "../base/defined.js";
import type { PerfSummary, RenderOutcome, RenderWarning } from "../base/types.js";
import { defaultEngine, type Engine } from "../job/engine.js";
import type { RouteReason } from "../route/route.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import { checkOptions, type RenderJobOptions, toRenderConfig } from "./options.js";
import { createRenderJob } from "./producer.js";

/** Result of {@link renderJob}. */
export interface RenderResult {
  /** Absolute path of the finished file or, for png-sequence and hls, folder. */
  outputPath: string;
  outcome: Extract<RenderOutcome, "completed" | "completed_with_warnings">;
  warnings: RenderWarning[];
  /** `cli` when the input needed the HyperFrames engine. */
  engine: "native" | "cli";
  /** Why the HyperFrames engine rendered; empty when the native engine did. */
  reasons: RouteReason[];
  /** Seconds. */
  duration?: number;
  totalFrames?: number;
  /** Bytes, of a folder those of all its files; native renders only. */
  outputBytes?: number;
  perfSummary?: PerfSummary;
  /** The native core's plan. */
  plan?: Record<string, unknown>;
}

/**
 * Renders a HyperFrames project to a video, a GIF or a folder of pictures.
 *
 * @example
 * const result = await renderJob({ projectDir: "my-video", outputPath: "out.mp4", fps: 30 });
 *
 * @throws NativeRenderError with a stable `code` (`docs/errors.md` lists them), upstream's own error
 *   for a composition it rejects, or upstream's RenderCancelledError
 */
export function renderJob(options: RenderJobOptions): Promise<RenderResult> {
  return renderJobOn(defaultEngine, options);
}

/** {@link renderJob} on another engine, for tests. */
export async function renderJobOn(
  engine: Engine,
  options: RenderJobOptions,
): Promise<RenderResult> {
  checkOptions(options);
  const projectDir = resolve(options.projectDir);
  const outputPath = resolve(options.outputPath);
  const folders = packageFolders(projectDir, options);
  const upstream = options.producer ?? (await resolveUpstream(folders));
  const job = createRenderJob(toRenderConfig(options, upstream.namespace.resolveConfig));
  const executed = await engine.execute(upstream, {
    job,
    projectDir,
    outputPath,
    progress: options.onProgress,
    signal: options.signal,
  });
  const { duration, totalFrames, perfSummary } = job;
  return {
    outputPath,
    outcome: job.outcome === "completed_with_warnings" ? job.outcome : "completed",
    warnings: job.warnings,
    engine: executed.engine === "native" ? "native" : "cli",
    reasons: executed.reasons,
    ...defined({
      duration,
      totalFrames,
      perfSummary,
      outputBytes: executed.summary?.outputBytes,
      plan: executed.summary?.plan,
    }),
  };
}
