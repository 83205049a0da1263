/** Constants of renders in chunks. A test compares them with the installed upstream's. */
import type {
  DistributedRenderCapabilities,
  PlanProtocolV1Descriptor,
  PlanProtocolV2Descriptor,
} from "./distributed-types.js";

/** Version of a plan as a folder. */
export const PLAN_SCHEMA_VERSION = 1;
/** How a plan as a folder keeps its files. */
export const PLAN_ARTIFACT_LAYOUT = "plan-dir-v1";
/** How the checksum of a plan as a folder is made. */
export const PLAN_HASH_SCHEMA = "hyperframes-plan-hash-v1";
/** Version of a plan whose files are named by their checksums. */
export const PLAN_V2_SCHEMA_VERSION = 2;
/** How such a plan keeps its files. */
export const PLAN_V2_ARTIFACT_LAYOUT = "content-addressed-plan-v2";
/** How the checksum of such a plan is made. */
export const PLAN_V2_HASH_SCHEMA = "hyperframes-plan-manifest-hash-v2";
/** The file that marks a folder as the part of a plan that one worker needs. */
export const PLAN_V2_MATERIALIZATION_MARKER = ".hyperframes-plan-v2.json";

/** The shape of a plan as a folder. */
export const PLAN_PROTOCOL_V1: Readonly<PlanProtocolV1Descriptor> = Object.freeze({
  schemaVersion: PLAN_SCHEMA_VERSION,
  artifactLayout: PLAN_ARTIFACT_LAYOUT,
  hashSchema: PLAN_HASH_SCHEMA,
});
/** The shape of a plan whose files are named by their checksums. */
export const PLAN_PROTOCOL_V2: Readonly<PlanProtocolV2Descriptor> = Object.freeze({
  schemaVersion: PLAN_V2_SCHEMA_VERSION,
  artifactLayout: PLAN_V2_ARTIFACT_LAYOUT,
  hashSchema: PLAN_V2_HASH_SCHEMA,
});
/** What a plan without a descriptor has. */
export const CURRENT_PLAN_PROTOCOL = PLAN_PROTOCOL_V1;

const both = Object.freeze([PLAN_PROTOCOL_V1, PLAN_PROTOCOL_V2]);
const consumer = Object.freeze({ accepts: both, acceptsLegacyV1WithoutDescriptor: true });
/** The shapes of plan that each part of a render in chunks writes or takes. */
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
/** Fewest frames of a chunk. */
export const MIN_CHUNK_SIZE = 10;
/** Most chunks of a render, unless the configuration says otherwise. */
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
/** Where older plans have their sound. */
export const PLAN_AUDIO_LEGACY_RELATIVE_PATH = "audio.aac";

/** Codes of errors. */
export const DISTRIBUTED_DURATION_OUT_OF_RANGE = "DISTRIBUTED_DURATION_OUT_OF_RANGE";
/** Code of an error: ffmpeg is not the version that the plan was made with. */
export const FFMPEG_VERSION_MISMATCH = "FFMPEG_VERSION_MISMATCH";
/** Code of an error: the format cannot be rendered in chunks. */
export const FORMAT_NOT_SUPPORTED_IN_DISTRIBUTED = "FORMAT_NOT_SUPPORTED_IN_DISTRIBUTED";
/** Code of an error: what a plan says of its source videos is wrong. */
export const INVALID_VIDEO_METADATA = "INVALID_VIDEO_METADATA";
/** Code of an error: a plan is not what its checksum says. */
export const PLAN_HASH_MISMATCH = "PLAN_HASH_MISMATCH";
/** Code of an error: the shape of a plan is not known. */
export const PLAN_PROTOCOL_UNSUPPORTED = "PLAN_PROTOCOL_UNSUPPORTED";
/** Code of an error: a plan has more bytes than it may. */
export const PLAN_TOO_LARGE = "PLAN_TOO_LARGE";
/** Code of an error: files of a plan are missing or wrong, and trying again does not help. */
export const PLAN_V2_INTEGRITY_UNRECOVERABLE = "PLAN_V2_INTEGRITY_UNRECOVERABLE";
