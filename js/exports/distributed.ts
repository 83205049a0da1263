/** What `@hyperframes/producer/distributed` exports: upstream's renders in chunks. */

import type {
  ChunkSliceJson,
  CodedError,
  DistributedRenderCapabilities,
  DistributedRenderConfig,
  ErrorClass,
  PlanProtocolConsumerCapabilities,
  PlanV2Artifact,
  PlanV2ArtifactPublisher,
  PlanV2Manifest,
  PlanV2MaterializationTarget,
  PlanV2Result,
  SerializableDistributedRenderConfig,
  SupportedPlanProtocolDescriptor,
} from "../chunks/distributed-types.js";
import { FROM } from "../chunks/upstream-functions.js";
import { asyncFunction, handedOnClass, syncFunction } from "../upstream/hand-on.js";

// A plan and its chunks.
export { assemble, assembleV2 } from "../chunks/assemble.js";
export { plan, planV2, planV2WithPublisher } from "../chunks/plan.js";
export { isPlanAudioArtifactPath, resolvePlanAudioPath } from "../chunks/plan-files.js";
export * from "../chunks/plan-protocol.js";
export { renderChunk, renderChunkV2 } from "../chunks/render-chunk.js";
export {
  originalCreatePlanV2 as createPlanV2FromExecutionPlan,
  originalMaterialize as materializePlanV2Target,
  originalPublishPlanV2 as publishPlanV2FromExecutionPlan,
  originalReadPlanProtocolV1 as readPlanProtocolV1,
  originalValidateTarget as validatePlanV2MaterializedTarget,
} from "../chunks/upstream-functions.js";
export { RenderChunkValidationError } from "../chunks/validation-error.js";

// From one kind of plan to the other.
/** Older name of {@link createPlanV2FromExecutionPlan}. */
export const createPlanV2FromV1 = syncFunction<
  (executionPlanDir: string, planV2Dir: string) => PlanV2Result
>("createPlanV2FromV1", FROM);
/** Older name of {@link publishPlanV2FromExecutionPlan}. */
export const publishPlanV2FromV1 = asyncFunction<
  (executionPlanDir: string, publisher: PlanV2ArtifactPublisher) => Promise<PlanV2Manifest>
>("publishPlanV2FromV1", FROM);

// The files of a plan.
/** The list of a plan's files, read and checked. */
export const readPlanV2Manifest = syncFunction<(planV2Dir: string) => Readonly<PlanV2Manifest>>(
  "readPlanV2Manifest",
  FROM,
);
/** The checksum of the plan that a manifest was made of. */
export const getPlanV2ExecutionPlanHash = syncFunction<
  (manifest: Readonly<Pick<PlanV2Manifest, "sourcePlanV1Hash">>) => string
>("getPlanV2ExecutionPlanHash", FROM);
/** The files that one chunk, or the joining, needs. */
export const listPlanV2ArtifactsForTarget = syncFunction<
  (
    manifest: Readonly<PlanV2Manifest>,
    target: PlanV2MaterializationTarget,
  ) => readonly Readonly<PlanV2Artifact>[]
>("listPlanV2ArtifactsForTarget", FROM);
/** Bytes of all files of a plan. */
export const measurePlanDirBytes = syncFunction<(planDir: string) => number>(
  "measurePlanDirBytes",
  FROM,
);
/** A checksum of the files of a project. */
export const hashProjectDir = syncFunction<(projectDir: string) => string>("hashProjectDir", FROM);
/** Writes the files of a plan into a folder of this machine. */
export const LocalPlanV2ArtifactPublisher = handedOnClass<
  /** `linkFile` takes the place of a hard link. */
  new (
    destinationDir: string,
    options?: Readonly<{ linkFile?: (from: string, to: string) => void }>,
  ) => PlanV2ArtifactPublisher & { readonly destinationDir: string; readonly temporaryDir: string }
>("LocalPlanV2ArtifactPublisher", FROM);

// Which shapes of plan are known.
/** The shapes of plan that the installed version writes and takes. */
export const getDistributedRenderCapabilities = syncFunction<
  () => Readonly<DistributedRenderCapabilities>
>("getDistributedRenderCapabilities", FROM);
/** The shape of a plan. Throws where it is not one of `capabilities`. */
export const readPlanProtocol = syncFunction<
  (
    planJson: unknown,
    capabilities?: Readonly<PlanProtocolConsumerCapabilities>,
  ) => Readonly<SupportedPlanProtocolDescriptor>
>("readPlanProtocol", FROM);

// How a render is divided, and what is refused.
/** The number of chunks, and frames of each, for a length and limits. */
export const resolveChunkPlan = syncFunction<
  (
    totalFrames: number,
    configChunkSize: number | undefined,
    maxParallelChunks: number,
    targetChunkFrames?: number,
  ) => { chunkCount: number; effectiveChunkSize: number }
>("resolveChunkPlan", FROM);
/** The frames of each chunk. */
export const buildChunkSlices = syncFunction<
  (totalFrames: number, chunkCount: number, effectiveChunkSize: number) => ChunkSliceJson[]
>("buildChunkSlices", FROM);
/** The same configuration, checked. Throws {@link InvalidConfigError}. */
export const validateDistributedRenderConfig = syncFunction<
  (config: SerializableDistributedRenderConfig) => SerializableDistributedRenderConfig
>("validateDistributedRenderConfig", FROM);
/** Throws {@link InvalidConfigError} where variables are no plain JSON object. */
export const validateVariablesPayload = syncFunction<(value: unknown) => void>(
  "validateVariablesPayload",
  FROM,
);
/** Throws {@link FormatNotSupportedInDistributedError} where HDR output is asked for. */
export const rejectUnsupportedDistributedFormat = syncFunction<
  (config: Pick<DistributedRenderConfig, "format" | "hdrMode">) => void
>("rejectUnsupportedDistributedFormat", FROM);
/** Sets variables as a plan recorded them. */
export const applyRuntimeEnvSnapshot = syncFunction<
  (snapshot: Readonly<Record<string, unknown>>) => unknown
>("applyRuntimeEnvSnapshot", FROM);
/** Vendor and renderer of WebGL in a page of puppeteer. */
export const readWebGlVendorInfoFromCanvas = asyncFunction<(page: never) => Promise<unknown>>(
  "readWebGlVendorInfoFromCanvas",
  FROM,
);

// Error classes.
type WithMessage = ErrorClass<CodedError, [message: string]>;
type WithCode = ErrorClass<CodedError, [code: string, message: string]>;
/** A plan has a shape that is not known. */
export const PlanProtocolUnsupportedError = handedOnClass<WithMessage>(
  "PlanProtocolUnsupportedError",
  FROM,
);
/** A file of a plan is missing or is not what its manifest says. */
export const PlanV2IntegrityError = handedOnClass<ErrorClass<CodedError, [...details: unknown[]]>>(
  "PlanV2IntegrityError",
  FROM,
);
/** What a plan says of its source videos is wrong. */
export const PlanVideosMetadataError = handedOnClass<WithMessage>("PlanVideosMetadataError", FROM);
/** A plan cannot be rendered; `code` says why. */
export const PlanValidationError = handedOnClass<WithCode>("PlanValidationError", FROM);
/** A field of a configuration is wrong; `field` names it. */
export const InvalidConfigError = handedOnClass<
  ErrorClass<Error & { readonly field: string }, [field: string, message: string]>
>("InvalidConfigError", FROM);
/** A format cannot be rendered in chunks. */
export const FormatNotSupportedInDistributedError = handedOnClass<
  ErrorClass<
    CodedError & { readonly format: string; readonly reason: string },
    [format: string, reason: string]
  >
>("FormatNotSupportedInDistributedError", FROM);
/** A plan has more bytes than it may. */
export const PlanTooLargeError = handedOnClass<
  ErrorClass<
    CodedError & { readonly sizeBytes: number; readonly limitBytes: number },
    [sizeBytes: number, limitBytes: number, breakdown?: object, observedAt?: string]
  >
>("PlanTooLargeError", FROM);
