/** A machine of a fleet: takes renders and chunks from the queues. */
import { createHash } from "node:crypto";
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError, Worker } from "bullmq";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { packageVersion } from "../base/packages.js";
import { assemble } from "../chunks/assemble.js";
import { plan } from "../chunks/plan.js";
import { resolvePlanAudioPath } from "../chunks/plan-files.js";
import { renderWatchedChunk } from "../chunks/render-chunk.js";
import { projectState } from "../frames/project-state.js";
import { isOfFamily } from "../upstream/class-families.js";
import { ChunkQueue } from "./chunk-queue.js";
import {
  assertRender,
  CANCELLED,
  type ChunkData,
  type ChunkRender,
  type FleetOptions,
  type FleetRender,
  queueBase,
  queueNames,
  type RenderData,
  type RenderResult,
} from "./options.js";
import { RenderFolder } from "./render-folder.js";

/** How a machine works. */
export interface FleetWorkerOptions extends FleetOptions {
  /** Chunks at a time. Default 1: one chunk uses all cores. */
  concurrency?: number;
  /**
   * How long a machine may be silent before another one takes its work, ms. It tells that it lives every
   * half of that. Default 30 000.
   */
  lockDuration?: number;
  /** Name of the machine, which BullMQ shows as the one that has a job. */
  machine?: string;
}

/** How often a job may be taken over from a machine that went away. */
const MAX_STALLED = 5;
/** How often it is looked whether a render was cancelled, ms. */
const LOOK_MS = 500;
/** Progress is told at most this often, ms. */
const TELL_MS = 500;

/** A machine of a fleet: it plans, renders chunks and joins them. */
export class FleetWorker {
  readonly #renders: Worker<RenderData, RenderResult>;
  readonly #chunks: Worker<ChunkData>;
  readonly #queue: ChunkQueue;

  /** Begins to work. */
  constructor(options: FleetWorkerOptions) {
    const names = queueNames(options);
    const lockDuration = options.lockDuration ?? 30_000;
    const settings = {
      ...queueBase(options),
      lockDuration,
      stalledInterval: lockDuration,
      maxStalledCount: MAX_STALLED,
      ...(options.machine === undefined ? {} : { name: options.machine }),
    };
    this.#queue = new ChunkQueue(options);
    this.#renders = new Worker(names.renders, (job, token) => this.#render(job, token), {
      ...settings,
      concurrency: 1,
    });
    this.#chunks = new Worker(names.chunks, renderChunkJob, {
      ...settings,
      concurrency: options.concurrency ?? 1,
    });
    // Of a render that has failed for good no other chunk is wanted, and of one that is done none.
    this.#renders.on("failed", (job) => {
      if (job?.finishedOn) job.removeUnprocessedChildren().catch(() => undefined);
    });
    this.#renders.on("completed", ({ data: { render, planned } }) => {
      this.#queue.remove(render.id, planned?.chunkCount ?? 0).catch(() => undefined);
    });
    // Redis that is gone is waited for; without a listener that would end the process.
    for (const worker of [this.#renders, this.#chunks]) worker.on("error", () => undefined);
  }

  /** Waits until Redis has answered. */
  async ready(): Promise<void> {
    await Promise.all([this.#renders.waitUntilReady(), this.#chunks.waitUntilReady()]);
  }

  /** Takes no more work, and waits for what has begun. */
  async close(): Promise<void> {
    await Promise.all([this.#renders.close(), this.#chunks.close()]);
    await this.#queue.close();
  }

  /** Plans, then waits for the chunks, then joins them: BullMQ calls this twice. */
  async #render(job: Job<RenderData, RenderResult>, token?: string): Promise<RenderResult> {
    const { render } = job.data;
    assertKnown(render);
    const folder = new RenderFolder(render);
    const done = await folder.result();
    if (done) return done;
    return watched(folder, async (signal) => {
      // Chunks that exist are of the plan that they were made for.
      const of = job.data.planned ? undefined : sourceOf(render);
      const planned = await folder.plan(of, async (dir) => {
        const config = { ...render.config, abortSignal: signal };
        const { chunkCount, totalFrames } = await plan(render.projectDir, config, dir);
        return { chunkCount, totalFrames };
      });
      if (!job.data.planned) {
        await this.#queue.add(job, planned);
        await job.updateData({ ...job.data, planned });
      }
      if (token !== undefined && (await job.moveToWaitingChildren(token))) {
        throw new WaitingChildrenError();
      }
      const paths = Array.from({ length: planned.chunkCount }, (_, index) => folder.chunk(index));
      const sound = resolvePlanAudioPath(folder.planDir);
      const result = await folder.assembled((path) =>
        assemble(folder.planDir, paths, sound, path, {
          abortSignal: signal,
          ...(render.config.cfr ? { cfr: true } : {}),
        }),
      );
      await folder.clean();
      return result;
    });
  }
}

/** What a plan is made of: another one is made when it changes. */
function sourceOf({ projectDir, config }: FleetRender): string {
  const facts = [projectDir, config, packageVersion(), projectState(projectDir)];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

function assertKnown(render: FleetRender | ChunkRender): void {
  try {
    assertRender(render);
  } catch (error) {
    throw new UnrecoverableError(messageOf(error));
  }
}

/** Renders one chunk, unless it is there already. */
async function renderChunkJob(job: Job<ChunkData>) {
  const { render, index } = job.data;
  assertKnown(render);
  if (!Number.isInteger(index) || index < 0) throw new UnrecoverableError(`no chunk ${index}`);
  const folder = new RenderFolder(render);
  return watched(folder, (signal) =>
    folder.chunkOf(index, (path) => {
      let told = 0;
      const onFrames = (frames: number) => {
        const now = Date.now();
        if (now - told < TELL_MS) return;
        told = now;
        // Nobody waits for progress, and Redis may be gone.
        job.updateProgress({ frames }).catch(() => undefined);
      };
      return renderWatchedChunk(folder.planDir, index, path, { signal, onFrames });
    }),
  );
}

/** Does something until the render is cancelled. What no repetition can mend is not tried again. */
async function watched<T>(
  folder: RenderFolder,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const look = () => {
    if (folder.isCancelled && !stop.signal.aborted) stop.abort(new Error(CANCELLED));
  };
  look();
  if (stop.signal.aborted) throw new UnrecoverableError(CANCELLED);
  const timer = setInterval(look, LOOK_MS);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) throw new UnrecoverableError(CANCELLED);
    if (isOfBullmq(error) || !isFinal(error)) throw error;
    throw new UnrecoverableError(told(error));
  } finally {
    clearInterval(timer);
  }
}

const isOfBullmq = (error: unknown) =>
  error instanceof WaitingChildrenError || error instanceof DelayedError;

/** Whether an error would come again: those about the plan or its configuration. */
function isFinal(error: unknown): boolean {
  if (error instanceof NativeRenderError) {
    return ["HF_NATIVE_UNSUPPORTED", "HF_NATIVE_INVALID_OPTION"].includes(error.code);
  }
  if (isOfFamily("RenderChunkValidationError", error)) {
    // Of this machine, and not of the plan: another one may have what it takes.
    const ofMachine = ["MISSING_PLAN_ARTIFACT", "FFMPEG_VERSION_MISMATCH"];
    return !ofMachine.includes((error as { code?: string }).code ?? "");
  }
  const families = [
    "InvalidConfigError",
    "FormatNotSupportedInDistributedError",
    "PlanTooLargeError",
  ];
  return [...families, "PlanValidationError"].some((name) => isOfFamily(name, error));
}

function told(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? `${code}: ${messageOf(error)}` : messageOf(error);
}
