/** Renders that a server was asked for: their turn, their execution, and what clients are told. */
import { statSync } from "node:fs";
import { toRenderConfig } from "../api/options.js";
import { createRenderJob, type executeRenderJob } from "../api/producer.js";
import { asError, messageOf } from "../base/errors.js";
import type { ProgressSink, RenderJob } from "../base/types.js";
import { isOfFamily } from "../upstream/class-families.js";
import type { Artifacts } from "./artifacts.js";
import type { Metrics } from "./metrics.js";
import type { RenderQueue } from "./queue.js";
import type { RenderRequest } from "./request.js";
import type { ServerSettings } from "./settings.js";

/** How a job is rendered; tests replace it. */
export type Execute = typeof executeRenderJob;

/** What renders share. */
export interface RenderParts {
  settings: ServerSettings;
  queue: RenderQueue;
  artifacts: Artifacts;
  metrics: Metrics;
  execute: Execute;
}

/** A render that has ended, in the words of upstream's answers. */
export type Ending =
  | { state: "completed"; facts: object }
  | { state: "cancelled"; job: RenderJob; message: string }
  | { state: "failed"; job: RenderJob; facts: object };

/** Codes of upstream's errors that clients may see. */
const SAFE_CODES = new Set([
  "ASSET_MEDIA_TYPE_MISMATCH",
  "NOT_MEDIA_PAYLOAD",
  "INVALID_VIDEO_METADATA",
  "VIDEO_SOURCE_UNRENDERABLE",
  "VIDEO_EXTRACTION_FAILED",
  "ENCODER_INTERRUPTED",
]);

/**
 * Waits for a turn and renders.
 *
 * @param requestId for the log
 * @throws Refusal while it waits; what fails later is an ending
 */
export async function runRender(
  parts: RenderParts,
  { options }: RenderRequest,
  requestId: string,
  signal: AbortSignal,
  progress?: ProgressSink,
): Promise<Ending> {
  const { queue, settings, metrics, artifacts } = parts;
  const { logger } = settings;
  const leave = await queue.enter(signal);
  const began = performance.now();
  const { projectDir, outputPath } = options;
  const job = createRenderJob(toRenderConfig({ ...options, logger }, undefined));
  try {
    logger.info("render started", { requestId, projectDir, outputPath });
    await parts.execute(job, projectDir, outputPath, progress, signal);
    metrics.ended("completed", secondsSince(began), job.totalFrames ?? 0);
    const outputToken = artifacts.add(outputPath);
    logger.info("render completed", { requestId, seconds: secondsSince(began) });
    return {
      state: "completed",
      facts: {
        outputPath,
        outputToken,
        outputUrl: `${settings.outputUrlPrefix}/${outputToken}`,
        fileSize: statSync(outputPath, { throwIfNoEntry: false })?.size ?? 0,
        videoDurationSeconds: job.duration ?? null,
        outcome: job.outcome ?? "completed",
        warnings: job.warnings,
        perf: job.perfSummary ?? null,
      },
    };
  } catch (error) {
    const isCancelled = isOfFamily("RenderCancelledError", error);
    metrics.ended(isCancelled ? "cancelled" : "failed", secondsSince(began), 0);
    logger.warn(isCancelled ? "render cancelled" : "render failed", {
      requestId,
      stage: job.currentStage,
      error: messageOf(error),
    });
    if (isCancelled) return { state: "cancelled", job, message: messageOf(error) };
    return { state: "failed", job, facts: { error: messageOf(error), ...safeFacts(error) } };
  } finally {
    leave();
  }
}

/** What clients may see of an error beside its message. */
function safeFacts(reason: unknown): object {
  const error = asError(reason) as Error & Record<string, unknown>;
  const { code, owner, retryable, publicMetadata } = error;
  if (typeof code !== "string") return {};
  if (!SAFE_CODES.has(code) && !code.startsWith("HF_NATIVE_")) return {};
  return {
    errorCode: code,
    ...(owner === "user" || owner === "system" ? { errorOwner: owner } : {}),
    ...(typeof retryable === "boolean" ? { retryable } : {}),
    ...(typeof publicMetadata === "object" ? { errorMetadata: publicMetadata } : {}),
  };
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
