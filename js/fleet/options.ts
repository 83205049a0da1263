/** What callers, workers and jobs of a fleet agree on. */
import { isAbsolute } from "node:path";
import type { ConnectionOptions } from "bullmq";
import { NativeRenderError } from "../base/errors.js";
import type { SerializableDistributedRenderConfig } from "../chunks/distributed-types.js";

/** Where a fleet's jobs are. The same for the queue and for all workers. */
export interface FleetOptions {
  /** Redis, as BullMQ takes it. */
  connection: ConnectionOptions;
  /** Name of the fleet: two queues have it, one with `-chunks` behind it. Default `hyperframes`. */
  name?: string;
  /** BullMQ's prefix of keys. Default `bull`. */
  prefix?: string;
}

/** A render for a fleet. All paths are the same on every machine. */
export interface FleetRender {
  /**
   * Names the render: letters, digits, `_` and `-`, at most 100, and not a number alone. One that is added again under the same
   * name is the same render.
   */
  id: string;
  projectDir: string;
  outputPath: string;
  /** Folder on a file system that all machines share; the render has a folder of its own in it. */
  workDir: string;
  config: SerializableDistributedRenderConfig;
  /** How often a chunk, or planning and joining, may fail before the render does. Default 3. */
  attempts?: number;
}

/** What a render's plan told. */
export interface PlannedRender {
  chunkCount: number;
  totalFrames: number;
}

/** Data of the job of a whole render. */
export interface RenderData {
  render: FleetRender;
  planned?: PlannedRender;
  /** Somebody has cancelled it. */
  cancelled?: true;
}

/** What a chunk's job says of its render: the rest is in the render's folder. */
export interface ChunkRender extends Omit<FleetRender, "config" | "attempts"> {
  config: Pick<FleetRender["config"], "format">;
}

/** Data of the job of one chunk. */
export interface ChunkData {
  render: ChunkRender;
  index: number;
}

/** What came of a render. */
export interface RenderResult {
  outputPath: string;
  framesEncoded: number;
  fileSize: number;
}

/** Why a job failed that was cancelled. */
export const CANCELLED = "render_cancelled";

const FORMATS = ["mp4", "mov", "webm", "png-sequence"];

/** The two queues of a fleet. */
export function queueNames({ name = "hyperframes" }: FleetOptions) {
  return { renders: name, chunks: `${name}-chunks` };
}

/** The job of a chunk; a render planned twice has each of its chunks once. */
export const chunkJobId = (renderId: string, index: number) => `${renderId}-chunk-${index}`;

/** What BullMQ takes of {@link FleetOptions}. */
export function queueBase({ connection, prefix }: FleetOptions) {
  return { connection, ...(prefix === undefined ? {} : { prefix }) };
}

/**
 * Also called by workers: what is in a queue may be anybody's, and becomes paths.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the field
 */
export function assertRender(render: FleetRender | ChunkRender): void {
  const refuse = (field: string, wanted: string) => {
    const given = JSON.stringify((render as FleetRender | undefined)?.[field as keyof FleetRender]);
    throw new NativeRenderError(
      "HF_NATIVE_INVALID_OPTION",
      `${field} must be ${wanted}, got ${given}.`,
    );
  };
  const isName = (id: unknown) => typeof id === "string" && /^(?!-?\d+$)[\w-]{1,100}$/.test(id);
  if (!isName(render?.id)) refuse("id", "up to 100 letters, digits, `_` and `-`, and no number");
  for (const field of ["projectDir", "outputPath", "workDir"] as const) {
    if (typeof render[field] !== "string" || !isAbsolute(render[field])) {
      refuse(field, "an absolute path");
    }
  }
  if (!FORMATS.includes(render.config?.format)) {
    refuse("config", `an object whose format is one of ${FORMATS.join(", ")}`);
  }
  const { attempts = 1 } = render as FleetRender;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 20) {
    refuse("attempts", "a whole number from 1 to 20");
  }
}
