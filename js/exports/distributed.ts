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
import { FROM } from "../chunks/originals.js";
import { asyncFunction, handedOnClass, syncFunction } from "../upstream/hand-on.js";

// A plan and its chunks.
export { assemble, assembleV2 } from "../chunks/assemble.js";
export {
  originalCreatePlanV2 as createPlanV2FromExecutionPlan,
  originalMaterialize as materializePlanV2Target,
  originalPublishPlanV2 as publishPlanV2FromExecutionPlan,
  originalReadPlanProtocolV1 as readPlanProtocolV1,
  originalValidateTarget as validatePlanV2MaterializedTarget,
} from "../chunks/originals.js";
export { plan, planV2, planV2WithPublisher } from "../chunks/plan.js";
export { isPlanAudioArtifactPath, resolvePlanAudioPath } from "../chunks/plan-files.js";
export * from "../chunks/plan-protocol.js";
export { renderChunk, renderChunkV2 } from "../chunks/render-chunk.js";
export { RenderChunkValidationError } from "../chunks/validation-error.js";

// From one kind of plan to the other.
export const createPlanV2FromV1 = syncFunction<
  (executionPlanDir: string, planV2Dir: string) => PlanV2Result
>("createPlanV2FromV1", FROM);
export const publishPlanV2FromV1 = asyncFunction<
  (executionPlanDir: string, publisher: PlanV2ArtifactPublisher) => Promise<PlanV2Manifest>
>("publishPlanV2FromV1", FROM);

// The files of a plan.
export const readPlanV2Manifest = syncFunction<(planV2Dir: string) => Readonly<PlanV2Manifest>>(
  "readPlanV2Manifest",
  FROM,
);
export const getPlanV2ExecutionPlanHash = syncFunction<
  (manifest: Readonly<Pick<PlanV2Manifest, "sourcePlanV1Hash">>) => string
>("getPlanV2ExecutionPlanHash", FROM);
export const listPlanV2ArtifactsForTarget = syncFunction<
  (
    manifest: Readonly<PlanV2Manifest>,
    target: PlanV2MaterializationTarget,
  ) => readonly Readonly<PlanV2Artifact>[]
>("listPlanV2ArtifactsForTarget", FROM);
export const measurePlanDirBytes = syncFunction<(planDir: string) => number>(
  "measurePlanDirBytes",
  FROM,
);
export const hashProjectDir = syncFunction<(projectDir: string) => string>("hashProjectDir", FROM);
/** Writes the files of a plan into a folder of this machine. */
export const LocalPlanV2ArtifactPublisher = handedOnClass<
  new (
    destinationDir: string,
    options?: Readonly<{ linkFile?: (from: string, to: string) => void }>,
  ) => PlanV2ArtifactPublisher & { readonly destinationDir: string; readonly temporaryDir: string }
>("LocalPlanV2ArtifactPublisher", FROM);

// Which shapes of plan are known.
export const getDistributedRenderCapabilities = syncFunction<
  () => Readonly<DistributedRenderCapabilities>
>("getDistributedRenderCapabilities", FROM);
export const readPlanProtocol = syncFunction<
  (
    planJson: unknown,
    capabilities?: Readonly<PlanProtocolConsumerCapabilities>,
  ) => Readonly<SupportedPlanProtocolDescriptor>
>("readPlanProtocol", FROM);

// How a render is divided, and what is refused.
export const resolveChunkPlan = syncFunction<
  (
    totalFrames: number,
    configChunkSize: number | undefined,
    maxParallelChunks: number,
    targetChunkFrames?: number,
  ) => { chunkCount: number; effectiveChunkSize: number }
>("resolveChunkPlan", FROM);
export const buildChunkSlices = syncFunction<
  (totalFrames: number, chunkCount: number, effectiveChunkSize: number) => ChunkSliceJson[]
>("buildChunkSlices", FROM);
export const validateDistributedRenderConfig = syncFunction<
  (config: SerializableDistributedRenderConfig) => SerializableDistributedRenderConfig
>("validateDistributedRenderConfig", FROM);
export const validateVariablesPayload = syncFunction<(value: unknown) => void>(
  "validateVariablesPayload",
  FROM,
);
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
export const PlanProtocolUnsupportedError = handedOnClass<WithMessage>(
  "PlanProtocolUnsupportedError",
  FROM,
);
export const PlanV2IntegrityError = handedOnClass<ErrorClass<CodedError, [...details: unknown[]]>>(
  "PlanV2IntegrityError",
  FROM,
);
export const PlanVideosMetadataError = handedOnClass<WithMessage>("PlanVideosMetadataError", FROM);
export const PlanValidationError = handedOnClass<WithCode>("PlanValidationError", FROM);
export const InvalidConfigError = handedOnClass<
  ErrorClass<Error & { readonly field: string }, [field: string, message: string]>
>("InvalidConfigError", FROM);
export const FormatNotSupportedInDistributedError = handedOnClass<
  ErrorClass<
    CodedError & { readonly format: string; readonly reason: string },
    [format: string, reason: string]
  >
>("FormatNotSupportedInDistributedError", FROM);
export const PlanTooLargeError = handedOnClass<
  ErrorClass<
    CodedError & { readonly sizeBytes: number; readonly limitBytes: number },
    [sizeBytes: number, limitBytes: number, breakdown?: object, observedAt?: string]
  >
>("PlanTooLargeError", FROM);
