/** The checks of a plan before one of its chunks is rendered, in upstream's order and with its codes. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { toolProgram } from "../base/ffmpeg-tools.js";
import type { ChunkSliceJson } from "./distributed-types.js";
import {
  COMPILED,
  type EncoderJson,
  type PlanJson,
  readEncoder,
  readPlan,
  readSlices,
} from "./plan-files.js";
import { planHashOf } from "./plan-hash.js";
import { DISTRIBUTED_RENDER_CAPABILITIES } from "./plan-protocol.js";
import { originalReadPlanProtocolV1, originalValidateTarget } from "./upstream-functions.js";
import { refused } from "./validation-error.js";

const VERSION_MS = 15_000;

/** A plan that was checked, and one of its chunks. */
export interface CheckedChunk {
  plan: PlanJson;
  encoder: EncoderJson;
  slice: ChunkSliceJson;
  /** Time that it took to check the plan's files, ms. */
  planHashMs: number;
}

/**
 * Reads and checks a plan for its chunk `index`.
 *
 * @throws RenderChunkValidationError with upstream's code, or upstream's own errors about the plan's
 *   protocol and the integrity of a part of a plan
 */
export async function checkPlan(planDir: string, index: number): Promise<CheckedChunk> {
  const plan = await readPlan(planDir);
  originalReadPlanProtocolV1(plan, DISTRIBUTED_RENDER_CAPABILITIES.roles.chunk);
  const started = Date.now();
  // A part of a plan is checked by the manifest that came with it.
  const manifest = originalValidateTarget(planDir, { role: "chunk", chunkIndex: index });
  const encoder = await readEncoder(planDir);
  const slice = sliceOf(await readSlices(planDir), index);
  if (!existsSync(join(planDir, COMPILED))) {
    throw refused("MISSING_PLAN_ARTIFACT", `the plan ${planDir} has no folder ${COMPILED}`);
  }
  const version = await ffmpegVersion();
  if (version !== plan.ffmpegVersion) {
    throw refused(
      "FFMPEG_VERSION_MISMATCH",
      `the plan was made with ${JSON.stringify(plan.ffmpegVersion)}, and this machine has ` +
        `${JSON.stringify(version)}; install the same build of ffmpeg`,
    );
  }
  const hash = manifest === null ? await planHashOf(planDir, plan) : plan.planHash;
  if (hash !== plan.planHash) {
    throw refused(
      "PLAN_HASH_MISMATCH",
      `the files of ${planDir} have the fingerprint ${hash}, and plan.json says ${plan.planHash}; ` +
        "copy the plan again, or make it again with this version",
    );
  }
  if (typeof encoder.runtimeEnv !== "object" || encoder.runtimeEnv === null) {
    throw refused(
      "MISSING_RUNTIME_ENV_SNAPSHOT",
      "meta/encoder.json has no runtimeEnv; make the plan again with this version",
    );
  }
  return { plan, encoder, slice, planHashMs: Date.now() - started };
}

function sliceOf(slices: readonly ChunkSliceJson[], index: number): ChunkSliceJson {
  const slice = slices[index];
  if (slice === undefined || slice.endFrame <= slice.startFrame) {
    throw refused(
      "CHUNK_INDEX_OUT_OF_RANGE",
      `there is no chunk ${index} with frames: the plan has ${slices.length}, numbered from 0`,
    );
  }
  return slice;
}

/** What ffmpeg says of itself first. */
async function ffmpegVersion(): Promise<string> {
  const options = { timeout: VERSION_MS, windowsHide: true };
  const { stdout } = await promisify(execFile)(toolProgram("ffmpeg"), ["-version"], options);
  return stdout.split(/\r?\n/)[0]?.trim() ?? "";
}
