import { existsSync } from "node:fs";
import { join } from "node:path";
import { settleWithin } from "../base/deadline.js";
import { NativeRenderError } from "../base/errors.js";
import type { Logger, RenderConfig } from "../base/types.js";
import { cancelledError } from "../upstream/errors.js";
import type { Peer } from "../upstream/types.js";
import { blameMedia } from "./media-error.js";
import { MilestoneWatch, type StageFacts } from "./milestone.js";
import type { Workspace } from "./workspace.js";

/** How long the producer may take to notice that it was stopped. */
const STOP_GRACE_MS = 10_000;
/** The same for a caller's cancellation, which has to be quick. */
const CANCEL_GRACE_MS = 800;

/** The compile stage's result on disk. */
export interface StageResult {
  compiledDir: string;
  facts: StageFacts;
  /** True when the compiled document was complete at the moment of the milestone. */
  writtenAtMilestone: boolean;
  /** Wall time from the call to the milestone, in ms. */
  elapsedMs: number;
}

/** What {@link runCompileStage} needs. */
export interface StageInput {
  peer: Peer;
  projectDir: string;
  config: RenderConfig;
  workspace: Workspace;
  logger?: Logger | undefined;
  signal?: AbortSignal | undefined;
  /** Deadline for the whole stage in ms. */
  timeoutMs: number;
}

/**
 * Runs the compile stage of the producer through its public `executeRenderJob`, stopped at the
 * milestone. Errors of the stage surface unchanged.
 *
 * @throws NativeRenderError `HF_NATIVE_COMPILE_TIMEOUT`, or `HF_NATIVE_COMPILE_CONTRACT` when this
 *   version does not announce the end of the stage or keeps its files elsewhere
 */
export async function runCompileStage(input: StageInput): Promise<StageResult> {
  const { peer, workspace } = input;
  const stop = new AbortController();
  const startedAt = Date.now();
  let elapsedMs = 0;
  let writtenAtMilestone = false;
  const watch = new MilestoneWatch(() => {
    elapsedMs = Date.now() - startedAt;
    writtenAtMilestone = existsSync(join(compiledDir, "index.html"));
    stop.abort(new Error("compile stage finished"));
  }, input.logger);

  const job = peer.namespace.createRenderJob({
    ...input.config,
    debug: true,
    logger: watch.logger,
  });
  const compiledDir = join(workspace.debugDir(job.id), "compiled");
  const outputPath = join(workspace.root, "unused", "output.mp4");
  const running = withRendersDir(workspace.rendersDir, () =>
    peer.namespace.executeRenderJob(job, input.projectDir, outputPath, watch.progress, stop.signal),
  );

  const ended = await waitFor(running, input, stop);
  if (watch.reached) {
    if (!existsSync(join(compiledDir, "index.html"))) {
      throw contractError(peer, "its compiled document is not where its debug folder should be");
    }
    return { compiledDir, facts: watch.facts, writtenAtMilestone, elapsedMs };
  }
  if (ended.state === "rejected") {
    const { projectDir, config, signal } = input;
    throw await blameMedia(ended.error, projectDir, config.entryFile ?? "index.html", signal);
  }
  throw contractError(peer, "its compile stage ended without any of the known milestones");
}

type Ending = { state: "fulfilled" } | { state: "rejected"; error: unknown };

/** Waits for the producer to return after milestone, failure, cancellation or deadline. */
async function waitFor(
  running: Promise<void>,
  input: StageInput,
  stop: AbortController,
): Promise<Ending> {
  const { signal, peer } = input;
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
        `The compile stage of ${peer.package} ${peer.version} took longer than ` +
          `${input.timeoutMs} ms. Raise HYPERFRAMES_NATIVE_COMPILE_TIMEOUT_MS if that is expected.`,
        { stage: "compile", retryable: true },
      );
    }
    if (first.value === "cancelled") {
      stop.abort(signal?.reason);
      const end = await settleWithin(ended, CANCEL_GRACE_MS);
      throw end.state === "fulfilled" && end.value.state === "rejected"
        ? end.value.error
        : cancelledError(peer.namespace, signal);
    }
    if (first.value !== "stopped") return first.value;
    const end = await settleWithin(ended, STOP_GRACE_MS);
    if (end.state === "fulfilled") return end.value;
    throw contractError(peer, `it did not stop within ${STOP_GRACE_MS} ms`);
  } finally {
    if (cancel) signal?.removeEventListener("abort", cancel);
  }
}

/** The typed error for a producer version that breaks the compile contract. */
export function contractError(peer: Peer, what: string): NativeRenderError {
  return new NativeRenderError(
    "HF_NATIVE_COMPILE_CONTRACT",
    `${peer.package} ${peer.version} cannot be used as the compile stage: ${what}.`,
    { stage: "compile" },
  );
}

/**
 * The producer reads this variable before its first `await`, so setting it for the synchronous part
 * of the call is enough and concurrent jobs never see each other's folder.
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
