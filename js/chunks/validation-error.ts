/** The error of a plan whose chunks cannot be rendered here. */
import { joinFamily } from "../upstream/class-families.js";

/** Upstream's codes. Retrying helps only after `MISSING_PLAN_ARTIFACT`. */
export type ChunkErrorCode =
  | "CHUNK_INDEX_OUT_OF_RANGE"
  | "FFMPEG_VERSION_MISMATCH"
  | "MISSING_PLAN_ARTIFACT"
  | "MISSING_RUNTIME_ENV_SNAPSHOT"
  | "PLAN_HASH_MISMATCH";

/** As upstream's class of this name, which need not be installed here. */
export class RenderChunkValidationError extends Error {
  override readonly name = "RenderChunkValidationError";

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
joinFamily("RenderChunkValidationError", RenderChunkValidationError);

/** The error of {@link RenderChunkValidationError} with one of the codes of a check. */
export function refused(code: ChunkErrorCode, message: string): RenderChunkValidationError {
  return new RenderChunkValidationError(code, `[renderChunk] ${message}`);
}
