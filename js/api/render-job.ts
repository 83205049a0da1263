import { resolve } from "node:path";
import type { PerfSummary, RenderOutcome, RenderWarning } from "../base/types.js";
import type { Engine } from "../job/engine.js";
import type { RouteReason } from "../job/route.js";
import { resolvePeer } from "../upstream/resolve.js";
import { checkOptions, type RenderJobOptions, toRenderConfig } from "./options.js";
import { createRenderJob, defaultEngine } from "./producer.js";

/** Result of {@link renderJob}. */
export interface RenderResult {
  /** Absolute path of the finished file or, for png-sequence and hls, folder. */
  outputPath: string;
  outcome: Extract<RenderOutcome, "completed" | "completed_with_warnings">;
  warnings: RenderWarning[];
  /** `native`, or `cli` when the input needed the producer's own engine. */
  engine: "native" | "cli";
  /** Why it was not the native engine; empty when it was. */
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
 * @throws NativeRenderError with a stable `code` (`docs/errors.md` lists them), the
 *   producer's own error for a composition it rejects, or its RenderCancelledError
 */
export async function renderJob(
  options: RenderJobOptions,
  engine: Engine = defaultEngine(),
): Promise<RenderResult> {
  checkOptions(options);
  const projectDir = resolve(options.projectDir);
  const outputPath = resolve(options.outputPath);
  const peer = options.producer ?? (await resolvePeer([projectDir, process.cwd()]));
  const job = createRenderJob(toRenderConfig(options, peer.namespace.resolveConfig));
  const executed = await engine.execute(peer, {
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
    ...(duration === undefined ? {} : { duration }),
    ...(totalFrames === undefined ? {} : { totalFrames }),
    ...(perfSummary === undefined ? {} : { perfSummary }),
    ...(executed.summary ? { outputBytes: executed.summary.outputBytes } : {}),
    ...(executed.summary?.plan ? { plan: executed.summary.plan } : {}),
  };
}
