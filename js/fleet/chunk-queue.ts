/** The queue of chunks: the children of the jobs of renders. */
import { type Job, Queue } from "bullmq";
import {
  type ChunkData,
  chunkJobId,
  type FleetOptions,
  type PlannedRender,
  queueBase,
  queueNames,
  type RenderData,
} from "./options.js";

/** Pause before a chunk is tried again, ms; it doubles. */
const BACKOFF_MS = 1000;

export class ChunkQueue {
  readonly #queue: Queue<ChunkData>;

  constructor(options: FleetOptions) {
    this.#queue = new Queue(queueNames(options).chunks, queueBase(options));
    this.#queue.on("error", () => undefined);
  }

  /** Adds the chunks of a planned render. Those that are there stay as they are. */
  async add(parent: Job<RenderData>, planned: PlannedRender): Promise<void> {
    const { render } = parent.data;
    const { id, projectDir, outputPath, workDir, attempts = 3 } = render;
    // Not the variables of the composition, which would lie in Redis once for every chunk.
    const part = { id, projectDir, outputPath, workDir, config: { format: render.config.format } };
    const jobs = Array.from({ length: planned.chunkCount }, (_, index) => ({
      name: "chunk",
      data: { render: part, index },
      opts: {
        jobId: chunkJobId(render.id, index),
        attempts,
        backoff: { type: "exponential", delay: BACKOFF_MS },
        parent: { id: parent.id as string, queue: parent.queueQualifiedName },
        failParentOnFailure: true,
      },
    }));
    await this.#queue.addBulk(jobs);
  }

  /** Progress of the chunks of a render, in frames. */
  async frames(renderId: string, chunkCount: number): Promise<number> {
    const ids = Array.from({ length: chunkCount }, (_, index) => chunkJobId(renderId, index));
    const jobs = await Promise.all(ids.map((id) => this.#queue.getJob(id)));
    return jobs.reduce((sum, job) => sum + framesOf(job), 0);
  }

  /** Why a chunk failed. */
  async reason(jobId: string): Promise<string | undefined> {
    return (await this.#queue.getJob(jobId))?.failedReason;
  }

  /** Removes those of a render that nobody has begun, and forgets those that have ended. */
  async remove(renderId: string, chunkCount: number): Promise<void> {
    for (let index = 0; index < chunkCount; index++) {
      // One that runs is locked; it ends by itself.
      await this.#queue.remove(chunkJobId(renderId, index)).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

function framesOf(job: Job<ChunkData> | undefined): number {
  const done = job?.returnvalue as { framesEncoded?: number } | undefined;
  if (typeof done?.framesEncoded === "number") return done.framesEncoded;
  const { frames } = (job?.progress ?? {}) as { frames?: number };
  return frames ?? 0;
}
