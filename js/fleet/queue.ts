/** Giving renders to a fleet, and asking what becomes of them. */
import { type Job, type JobState, Queue } from "bullmq";
import { NativeRenderError } from "../base/errors.js";
import { ChunkQueue } from "./chunk-queue.js";
import {
  assertRender,
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
  /** Renders that may wait to be planned. Default 100. */
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
/** How often it is asked how far a render is while somebody waits for it, ms. */
const ASK_MS = 500;

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
    const waiting = await this.#queue.getWaitingCount();
    if (waiting >= this.#maxWaiting) {
      throw new NativeRenderError(
        "HF_NATIVE_FLEET_FULL",
        `${waiting} renders wait, and ${this.#maxWaiting} may; try again later, or raise maxWaiting.`,
        { retryable: true },
      );
    }
    const last = await this.#queue.getJob(render.id);
    if (last && (await last.isFailed())) await this.#forget(last);
    const { attempts = 3 } = render;
    const backoff = { type: "exponential", delay: 1000 };
    await this.#queue.add("render", { render }, { jobId: render.id, attempts, backoff });
  }

  /** How far a render is. */
  async status(id: string): Promise<FleetStatus> {
    const job = await this.#queue.getJob(id);
    if (!job) return { state: "unknown", frames: 0, totalFrames: 0, chunkCount: 0 };
    const state = STATES[await job.getState()] ?? "waiting";
    const { chunkCount = 0, totalFrames = 0 } = job.data.planned ?? {};
    const isDone = state === "completed";
    return {
      state,
      frames: isDone ? totalFrames : await this.#chunks.frames(id, chunkCount),
      totalFrames,
      chunkCount,
      ...(job.failedReason ? { failedReason: job.failedReason } : {}),
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

  /** Cancels a render: chunks that run end within seconds, and no others begin. */
  async cancel(id: string): Promise<void> {
    const job = await this.#queue.getJob(id);
    if (!job || (await job.isCompleted())) return;
    await new RenderFolder(job.data.render).cancel();
    const { chunkCount = 0 } = job.data.planned ?? {};
    // Where none runs there is nobody to tell the render.
    if (await job.isWaiting()) await job.remove().catch(() => undefined);
    else if (await job.isWaitingChildren()) await this.#chunks.remove(id, chunkCount);
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.#chunks.close();
  }

  async #forget(job: Job<RenderData, RenderResult>): Promise<void> {
    const { chunkCount = 0 } = job.data.planned ?? {};
    await new RenderFolder(job.data.render).resume();
    await job.remove();
    await this.#chunks.remove(job.data.render.id, chunkCount);
  }
}

function failure(id: string, { state, failedReason }: FleetStatus): NativeRenderError {
  if (failedReason?.includes("render_cancelled")) {
    return new NativeRenderError("HF_NATIVE_CANCELLED", `The render ${id} was cancelled.`);
  }
  const why = state === "unknown" ? "no job of that name; add it again" : failedReason;
  return new NativeRenderError("HF_NATIVE_FLEET_RENDER", `The render ${id} failed: ${why}`, {
    retryable: true,
  });
}
