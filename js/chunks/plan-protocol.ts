/** Constants of renders in chunks. A test compares them with the installed upstream's. */
import type {
  DistributedRenderCapabilities,
  PlanProtocolV1Descriptor,
  PlanProtocolV2Descriptor,
} from "./distributed-types.js";

export const PLAN_SCHEMA_VERSION = 1;
export const PLAN_ARTIFACT_LAYOUT = "plan-dir-v1";
export const PLAN_HASH_SCHEMA = "hyperframes-plan-hash-v1";
export const PLAN_V2_SCHEMA_VERSION = 2;
export const PLAN_V2_ARTIFACT_LAYOUT = "content-addressed-plan-v2";
export const PLAN_V2_HASH_SCHEMA = "hyperframes-plan-manifest-hash-v2";
/** The file that marks a folder as the part of a plan that one worker needs. */
export const PLAN_V2_MATERIALIZATION_MARKER = ".hyperframes-plan-v2.json";

export const PLAN_PROTOCOL_V1: Readonly<PlanProtocolV1Descriptor> = Object.freeze({
  schemaVersion: PLAN_SCHEMA_VERSION,
  artifactLayout: PLAN_ARTIFACT_LAYOUT,
  hashSchema: PLAN_HASH_SCHEMA,
});
export const PLAN_PROTOCOL_V2: Readonly<PlanProtocolV2Descriptor> = Object.freeze({
  schemaVersion: PLAN_V2_SCHEMA_VERSION,
  artifactLayout: PLAN_V2_ARTIFACT_LAYOUT,
  hashSchema: PLAN_V2_HASH_SCHEMA,
});
/** What a plan without a descriptor has. */
export const CURRENT_PLAN_PROTOCOL = PLAN_PROTOCOL_V1;

const both = Object.freeze([PLAN_PROTOCOL_V1, PLAN_PROTOCOL_V2]);
const consumer = Object.freeze({ accepts: both, acceptsLegacyV1WithoutDescriptor: true });
export const DISTRIBUTED_RENDER_CAPABILITIES: Readonly<DistributedRenderCapabilities> =
  Object.freeze({
    roles: Object.freeze({
      planner: Object.freeze({ produces: both }),
      chunk: consumer,
      assembler: consumer,
    }),
  });

/** Frames of a chunk. */
export const DEFAULT_CHUNK_SIZE = 240;
export const MIN_CHUNK_SIZE = 10;
export const DEFAULT_MAX_PARALLEL_CHUNKS = 16;
/** A day. */
export const MAX_DISTRIBUTED_DURATION_SECONDS = 86_400;
/** Bytes. */
export const PLAN_DIR_SIZE_LIMIT_BYTES = 2 * 1024 ** 3;
/** Folders that are no part of a plan. */
export const PLAN_PROJECT_DIR_SKIP_SEGMENTS: ReadonlySet<string> = new Set([
  "node_modules",
  ".git",
  ".cache",
  "output",
  "failures",
  "dist",
  ".next",
  ".turbo",
]);
/** Sound of a plan, and where older plans have it. */
export const PLAN_AUDIO_RELATIVE_PATH = "audio.m4a";
export const PLAN_AUDIO_LEGACY_RELATIVE_PATH = "audio.aac";

/** Codes of errors. */
export const DISTRIBUTED_DURATION_OUT_OF_RANGE = "DISTRIBUTED_DURATION_OUT_OF_RANGE";
export const FFMPEG_VERSION_MISMATCH = "FFMPEG_VERSION_MISMATCH";
export const FORMAT_NOT_SUPPORTED_IN_DISTRIBUTED = "FORMAT_NOT_SUPPORTED_IN_DISTRIBUTED";
export const INVALID_VIDEO_METADATA = "INVALID_VIDEO_METADATA";
export const PLAN_HASH_MISMATCH = "PLAN_HASH_MISMATCH";
export const PLAN_PROTOCOL_UNSUPPORTED = "PLAN_PROTOCOL_UNSUPPORTED";
export const PLAN_TOO_LARGE = "PLAN_TOO_LARGE";
export const PLAN_V2_INTEGRITY_UNRECOVERABLE = "PLAN_V2_INTEGRITY_UNRECOVERABLE";
