/** Giving renders to a fleet, and asking what becomes of them. */
import { type Job, type JobState, Queue } from "bullmq";
import { NativeRenderError } from "../base/errors.js";
import { ChunkQueue } from "./chunk-queue.js";
import {
  assertRender,
  CANCELLED,
  type FleetOptions,
  type FleetRender,
  queueBase,
  queueNames,
  type RenderData,
  type RenderResult,
} from "./options.js";
import { RenderFolder } from "./render-folder.js";

/** Options of a {@link FleetQueue}. */
export interface FleetQueueOptions extends FleetOptions {
  /** Renders that may wait: to be planned, for their chunks, or to be tried again. Default 100. */
  maxWaiting?: number;
}

/** How far a render is. */
export interface FleetStatus {
  state: "waiting" | "rendering" | "completed" | "failed" | "unknown";
  /** Frames that were captured. */
  frames: number;
  /** Of so many; 0 until the render is planned. */
  totalFrames: number;
  chunkCount: number;
  /** Why it failed. */
  failedReason?: string;
  result?: RenderResult;
}

const STATES: Partial<Record<JobState | "unknown", FleetStatus["state"]>> = {
  active: "rendering",
  "waiting-children": "rendering",
  completed: "completed",
  failed: "failed",
  unknown: "unknown",
};
/** What is waited for; a render leaves this when it is joined or has failed. */
const WAITING = ["waiting", "delayed", "waiting-children"] as const;
/** How long Redis keeps renders that have ended, s. */
const KEPT = { age: 7 * 24 * 3600 };
/** Why BullMQ says that a job failed whose child did. */
const CHILD_FAILED = /^child .*:([\w-]+) failed$/;
/** How often it is asked how far a render is while somebody waits for it, ms. */
const ASK_MS = 500;

/**
 * The queue of a fleet: renders are added, looked at, waited for and cancelled here, on any
 * machine.
 */
export class FleetQueue {
  readonly #queue: Queue<RenderData, RenderResult>;
  readonly #chunks: ChunkQueue;
  readonly #maxWaiting: number;

  constructor(options: FleetQueueOptions) {
    this.#queue = new Queue(queueNames(options).renders, queueBase(options));
    this.#queue.on("error", () => undefined);
    this.#chunks = new ChunkQueue(options);
    this.#maxWaiting = options.maxWaiting ?? 100;
  }

  /**
   * Gives a render to the fleet. One of the same name that has failed begins again with the chunks that
   * it has; one that has not is left as it is.
   *
   * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION`; `HF_NATIVE_FLEET_FULL` when too many wait
   */
  async add(render: FleetRender): Promise<void> {
    assertRender(render);
    const last = await this.#queue.getJob(render.id);
    if (last && !last.data.cancelled && !(await last.isFailed())) return;
    const waiting = await this.#queue.getJobCountByTypes(...WAITING);
    if (!last && waiting >= this.#maxWaiting) {
      throw new NativeRenderError(
        "HF_NATIVE_FLEET_FULL",
        `${waiting} renders wait, and ${this.#maxWaiting} may; try again later, or raise maxWaiting.`,
        { retryable: true },
      );
    }
    if (last) await this.#forget(last);
    // Redis may have lost a render that was cancelled.
    await new RenderFolder(render).resume();
    const { attempts = 3 } = render;
    const backoff = { type: "exponential", delay: 1000 };
    const kept = { removeOnComplete: KEPT, removeOnFail: KEPT };
    await this.#queue.add("render", { render }, { jobId: render.id, attempts, backoff, ...kept });
  }

  /** How far a render is. */
  async status(id: string): Promise<FleetStatus> {
    const job = await this.#queue.getJob(id);
    if (!job) return { state: "unknown", frames: 0, totalFrames: 0, chunkCount: 0 };
    const found = STATES[await job.getState()] ?? "waiting";
    const isCancelled = job.data.cancelled && found === "waiting";
    const state = isCancelled ? "failed" : found;
    const failedReason = isCancelled ? CANCELLED : await this.#reason(job);
    const { chunkCount = 0, totalFrames = 0 } = job.data.planned ?? {};
    const isDone = state === "completed";
    return {
      state,
      frames: isDone ? totalFrames : await this.#chunks.frames(id, chunkCount),
      totalFrames,
      chunkCount,
      ...(failedReason ? { failedReason } : {}),
      ...(isDone ? { result: job.returnvalue } : {}),
    };
  }

  /**
   * Waits for a render.
   *
   * @param onProgress gets how far it is
   * @throws NativeRenderError `HF_NATIVE_CANCELLED`, or `HF_NATIVE_FLEET_RENDER` with the reason; the
   *   reason of `signal`, which ends the waiting and not the render
   */
  async wait(
    id: string,
    {
      onProgress,
      signal,
    }: { onProgress?: (status: FleetStatus) => void; signal?: AbortSignal } = {},
  ): Promise<RenderResult> {
    for (;;) {
      signal?.throwIfAborted();
      const status = await this.status(id);
      onProgress?.(status);
      if (status.result) return status.result;
      if (status.state === "failed" || status.state === "unknown") throw failure(id, status);
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }

  /**
   * Cancels a render: chunks that this engine renders end within seconds, those of the HyperFrames engine
   * when they are through, and no others begin.
   */
  async cancel(id: string): Promise<void> {
    const job = await this.#queue.getJob(id);
    if (!job || (await job.isCompleted())) return;
    await new RenderFolder(job.data.render).cancel();
    // Nobody may come to take it.
    await job.updateData({ ...job.data, cancelled: true });
    const { chunkCount = 0 } = job.data.planned ?? {};
    if (await job.isWaitingChildren()) await this.#chunks.remove(id, chunkCount);
  }

  /** Lets go of Redis. Renders go on. */
  async close(): Promise<void> {
    await this.#queue.close();
    await this.#chunks.close();
  }

  /** Why a render failed: of one whose chunk did, what the chunk says. */
  async #reason({ failedReason }: Job<RenderData, RenderResult>): Promise<string | undefined> {
    const [, chunk] = CHILD_FAILED.exec(failedReason ?? "") ?? [];
    return (chunk && (await this.#chunks.reason(chunk))) || failedReason;
  }

  async #forget(job: Job<RenderData, RenderResult>): Promise<void> {
    const { render, planned } = job.data;
    try {
      await job.remove();
    } catch (cause) {
      const why = `Chunks of the render ${render.id} have not ended yet; add it again in a few seconds.`;
      throw new NativeRenderError("HF_NATIVE_FLEET_RENDER", why, { retryable: true, cause });
    }
    await this.#chunks.remove(render.id, planned?.chunkCount ?? 0);
  }
}

function failure(id: string, { state, failedReason }: FleetStatus): NativeRenderError {
  if (failedReason?.includes(CANCELLED)) {
    return new NativeRenderError("HF_NATIVE_CANCELLED", `The render ${id} was cancelled.`);
  }
  const why = state === "unknown" ? "no job of that name; add it again" : failedReason;
  return new NativeRenderError("HF_NATIVE_FLEET_RENDER", `The render ${id} failed: ${why}`, {
    retryable: true,
  });
}
