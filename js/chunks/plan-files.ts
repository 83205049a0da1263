/** The files of a plan that are read here (docs/upstream.md#plans). */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../base/errors.js";
import type { Quality } from "../base/types.js";
import type { ChunkSliceJson, DistributedFormat } from "./distributed-types.js";
import { PLAN_AUDIO_LEGACY_RELATIVE_PATH, PLAN_AUDIO_RELATIVE_PATH } from "./plan-protocol.js";
import { refused } from "./validation-error.js";

export const PLAN_FILE = "plan.json";
export const ENCODER_FILE = "meta/encoder.json";
export const CHUNKS_FILE = "meta/chunks.json";
/** Folder of the compiled files and the project's own. */
export const COMPILED = "compiled";
export const DOCUMENT = "compiled/index.html";
/** Folder of what the native engine needs to render the plan's chunks, by {@link loadCompiled}. */
export const NATIVE = "native";
export const ENGINE_FILE = "native/engine.json";

/** What `plan.json` says. */
export interface PlanJson {
  planHash: string;
  producerVersion: string;
  ffmpegVersion: string;
  fontSnapshotSha: string;
  dimensions: {
    fpsNum: number;
    fpsDen: number;
    /** CSS pixels. */
    width: number;
    height: number;
    format: DistributedFormat;
  };
  totalFrames: number;
  /** Seconds. */
  duration: number;
}

/** What `meta/encoder.json` says, as far as it is read here. */
export interface EncoderJson {
  encoder: string;
  quality: Quality;
  crf?: number;
  bitrate?: string;
  deviceScaleFactor: number;
  vp9CpuUsed?: number;
  chunksCarryAudio?: boolean;
  runtimeEnv?: Record<string, string>;
  variables?: Record<string, unknown>;
}

const SOUND_PATHS: readonly string[] = [PLAN_AUDIO_RELATIVE_PATH, PLAN_AUDIO_LEGACY_RELATIVE_PATH];

/** Whether a path in a plan is that of its sound, of plans of earlier versions too. */
export function isPlanAudioArtifactPath(path: string): boolean {
  return SOUND_PATHS.includes(path);
}

/** The file of a plan's sound; `null` where nothing can be heard. */
export function resolvePlanAudioPath(planDir: string): string | null {
  const paths = SOUND_PATHS.map((path) => join(planDir, path));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** What the native part says of the engine that made it. */
export interface EngineJson {
  /** Version of this package. */
  version: string;
  /** SHA-256 of the sound, which is as long as the frames; `null` where nothing can be heard. */
  sound: string | null;
}

/** Whether the native engine can render the chunks of a plan. */
export function isNativePlan(planDir: string): boolean {
  return existsSync(join(planDir, NATIVE, "compiled.json"));
}

export const readPlan = (planDir: string) => readPart<PlanJson>(planDir, PLAN_FILE);
export const readEncoder = (planDir: string) => readPart<EncoderJson>(planDir, ENCODER_FILE);
export const readEngine = (planDir: string) => readPart<EngineJson>(planDir, ENGINE_FILE);
export const readSlices = (planDir: string) => readPart<ChunkSliceJson[]>(planDir, CHUNKS_FILE);

/** @throws RenderChunkValidationError `MISSING_PLAN_ARTIFACT` for a file that is not there, or no JSON */
async function readPart<T>(planDir: string, name: string): Promise<T> {
  const path = join(planDir, name);
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw refused("MISSING_PLAN_ARTIFACT", `cannot read ${path} of the plan: ${messageOf(error)}`);
  }
}
