/** Running upstream's compile stage, and nothing after it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { settleWithin } from "../base/deadline.js";
import { NativeRenderError } from "../base/errors.js";
import { pageLimitsOf } from "../base/page-limits.js";
import type { Logger, RenderConfig } from "../base/types.js";
import { cancelledError } from "../upstream/errors.js";
import type { Upstream } from "../upstream/types.js";
import { assertNoCopies, assertPlaces } from "./confine.js";
import { withFetchLimits } from "./limited-fetch.js";
import { annotateMediaError } from "./media-error.js";
import { MilestoneWatch, type StageFacts } from "./milestone.js";
import type { Workspace } from "./workspace.js";

/** How long upstream may take to end after it was stopped. */
const STOP_GRACE_MS = 10_000;
/** The same after a caller's cancellation, which must be fast. */
const CANCEL_GRACE_MS = 800;

/** The compile stage's result on disk. */
export interface StageResult {
  compiledDir: string;
  facts: StageFacts;
  /** The compiled document was on disk at the milestone. */
  writtenAtMilestone: boolean;
  /** Wall time from the call to the milestone, in ms. */
  elapsedMs: number;
}

/** What {@link runCompileStage} needs. */
export interface StageInput {
  upstream: Upstream;
  projectDir: string;
  config: RenderConfig;
  workspace: Workspace;
  logger?: Logger | undefined;
  signal?: AbortSignal | undefined;
  /** Deadline for the whole stage in ms. */
  timeoutMs: number;
}

/**
 * Runs upstream's compile stage through its public `executeRenderJob`, which is stopped at the
 * milestone. Errors of the stage are passed on; those about media files name the file.
 *
 * @throws NativeRenderError `HF_NATIVE_COMPILE_TIMEOUT`, or `HF_NATIVE_COMPILE_CONTRACT` when this
 *   version has no known milestone or keeps its files elsewhere
 */
export async function runCompileStage(input: StageInput): Promise<StageResult> {
  const { upstream, workspace } = input;
  const stop = new AbortController();
  const startedAt = Date.now();
  let elapsedMs = 0;
  let writtenAtMilestone = false;
  const watch = new MilestoneWatch(() => {
    elapsedMs = Date.now() - startedAt;
    writtenAtMilestone = existsSync(join(compiledDir, "index.html"));
    stop.abort(new Error("compile stage finished"));
  }, input.logger);

  const job = upstream.namespace.createRenderJob({
    ...input.config,
    debug: true,
    logger: watch.logger,
  });
  const compiledDir = join(workspace.debugDir(job.id), "compiled");
  const entryFile = input.config.entryFile ?? "index.html";
  const limits = pageLimitsOf(input.config);
  const { projectDir } = input;
  const workspaceDir = workspace.root;
  assertPlaces({ projectDir, entryFile, compiledDir, workspaceDir, files: limits.files });
  const outputPath = join(workspace.root, "unused", "output.mp4");
  const running = withFetchLimits(limits.network, () =>
    withRendersDir(workspace.rendersDir, () =>
      upstream.namespace.executeRenderJob(job, projectDir, outputPath, watch.progress, stop.signal),
    ),
  );

  const ended = await waitFor(running, input, stop);
  if (watch.reached) {
    if (!existsSync(join(compiledDir, "index.html"))) {
      throw contractError(
        upstream,
        "its compiled document is not where its debug folder should be",
      );
    }
    assertNoCopies(compiledDir, entryFile, limits.files);
    return { compiledDir, facts: watch.facts, writtenAtMilestone, elapsedMs };
  }
  if (ended.state === "rejected") {
    throw await annotateMediaError(ended.error, projectDir, entryFile, input.signal);
  }
  throw contractError(upstream, "its compile stage ended without any of the known milestones");
}

type Ending = { state: "fulfilled" } | { state: "rejected"; error: unknown };

/** Waits for upstream to return after milestone, failure, cancellation or deadline. */
async function waitFor(
  running: Promise<void>,
  input: StageInput,
  stop: AbortController,
): Promise<Ending> {
  const { signal, upstream } = input;
  let cancel: (() => void) | undefined;
  const stopped = new Promise<"stopped">((resolve) => {
    stop.signal.addEventListener("abort", () => resolve("stopped"), { once: true });
    if (stop.signal.aborted) resolve("stopped");
  });
  const cancelled = new Promise<"cancelled">((resolve) => {
    cancel = () => resolve("cancelled");
    if (signal?.aborted) resolve("cancelled");
    signal?.addEventListener("abort", cancel, { once: true });
  });
  const ended = running.then(
    (): Ending => ({ state: "fulfilled" }),
    (error): Ending => ({ state: "rejected", error }),
  );
  try {
    const first = await settleWithin(Promise.race([ended, stopped, cancelled]), input.timeoutMs);
    if (first.state === "rejected") throw first.error;
    if (first.state === "pending") {
      stop.abort(new Error("timeout"));
      throw new NativeRenderError(
        "HF_NATIVE_COMPILE_TIMEOUT",
        `The compile stage of ${upstream.package} ${upstream.version} took longer than ` +
          `${input.timeoutMs} ms. Raise HYPERFRAMES_NATIVE_COMPILE_TIMEOUT_MS if that is expected.`,
        { stage: "compile", retryable: true },
      );
    }
    if (first.value === "cancelled") {
      stop.abort(signal?.reason);
      const end = await settleWithin(ended, CANCEL_GRACE_MS);
      throw end.state === "fulfilled" && end.value.state === "rejected"
        ? end.value.error
        : cancelledError(upstream.namespace, signal);
    }
    if (first.value !== "stopped") return first.value;
    const end = await settleWithin(ended, STOP_GRACE_MS);
    if (end.state === "fulfilled") return end.value;
    throw contractError(upstream, `it did not stop within ${STOP_GRACE_MS} ms`);
  } finally {
    if (cancel) signal?.removeEventListener("abort", cancel);
  }
}

/** The error for an upstream version that breaks the compile contract. */
export function contractError(upstream: Upstream, what: string): NativeRenderError {
  return new NativeRenderError(
    "HF_NATIVE_COMPILE_CONTRACT",
    `${upstream.package} ${upstream.version} cannot be used as the compile stage: ${what}.`,
    { stage: "compile" },
  );
}

/**
 * Upstream reads this variable before its first `await`. Setting it for the synchronous part of the
 * call is enough, and concurrent jobs never see each other's folder.
 */
function withRendersDir<T>(rendersDir: string, call: () => T): T {
  const before = process.env.PRODUCER_RENDERS_DIR;
  process.env.PRODUCER_RENDERS_DIR = rendersDir;
  try {
    return call();
  } finally {
    if (before === undefined) delete process.env.PRODUCER_RENDERS_DIR;
    else process.env.PRODUCER_RENDERS_DIR = before;
  }
}
