/** Types of upstream's renders in chunks. */
import type {
  EngineConfig,
  Logger,
  OutputFormat,
  Quality,
  Strictness,
  VideoFrameFormat,
} from "../base/types.js";

/** The shape of a plan's files. */
export interface PlanProtocolDescriptor {
  readonly schemaVersion: number;
  readonly artifactLayout: string;
  readonly hashSchema: string;
}

/** The shape of a plan as a folder. */
export interface PlanProtocolV1Descriptor extends PlanProtocolDescriptor {
  readonly schemaVersion: 1;
  readonly artifactLayout: "plan-dir-v1";
  readonly hashSchema: "hyperframes-plan-hash-v1";
}

/** The shape of a plan whose files are named by their checksums. */
export interface PlanProtocolV2Descriptor extends PlanProtocolDescriptor {
  readonly schemaVersion: 2;
  readonly artifactLayout: "content-addressed-plan-v2";
  readonly hashSchema: "hyperframes-plan-manifest-hash-v2";
}

/** The shapes that are known. */
export type SupportedPlanProtocolDescriptor = PlanProtocolV1Descriptor | PlanProtocolV2Descriptor;

/** The shapes that a reader of plans takes. */
export interface PlanProtocolConsumerCapabilities {
  readonly accepts: readonly Readonly<PlanProtocolDescriptor>[];
  readonly acceptsLegacyV1WithoutDescriptor: boolean;
}

/** The shapes that each part of a render in chunks writes or takes. */
export interface DistributedRenderCapabilities {
  readonly roles: Readonly<{
    planner: Readonly<{ produces: readonly Readonly<PlanProtocolDescriptor>[] }>;
    chunk: Readonly<PlanProtocolConsumerCapabilities>;
    assembler: Readonly<PlanProtocolConsumerCapabilities>;
  }>;
}

/** The formats that can be rendered in chunks. */
export type DistributedFormat = Exclude<OutputFormat, "gif" | "hls">;

/** What `plan` takes. */
export interface DistributedRenderConfig {
  /** Whole frames per second: 24, 30 or 60, from 0.8.170 on also 25. */
  fps: 24 | 25 | 30 | 60;
  width: number;
  height: number;
  format: DistributedFormat;
  codec?: "h264" | "h265";
  quality?: Quality;
  crf?: number;
  bitrate?: string;
  videoFrameFormat?: VideoFrameFormat;
  outputResolution?: string;
  outputResolutionAspectAgnostic?: boolean;
  /** Frames of a chunk. */
  chunkSize?: number;
  maxParallelChunks?: number;
  targetChunkFrames?: number;
  runtimeCap?: "lambda" | "temporal" | "cloud-run-job" | "k8s-job" | "none";
  rejectOnSystemFonts?: boolean;
  failClosedFontFetch?: boolean;
  hdrMode?: "auto" | "force-sdr";
  cfr?: boolean;
  logger?: Logger;
  engineConfig?: EngineConfig;
  producerConfig?: EngineConfig;
  entryFile?: string;
  strictness?: Strictness;
  abortSignal?: AbortSignal;
  planDirSizeLimitBytes?: number;
  variables?: Record<string, unknown>;
}

/** A configuration that can be sent elsewhere. */
export type SerializableDistributedRenderConfig = Omit<
  DistributedRenderConfig,
  "logger" | "abortSignal" | "producerConfig"
>;

/** What both kinds of plan say of their render. */
interface PlanFacts {
  readonly planHash: string;
  readonly chunkCount: number;
  readonly totalFrames: number;
  readonly fps: 24 | 25 | 30 | 60;
  readonly width: number;
  readonly height: number;
  readonly format: DistributedFormat;
  readonly ffmpegVersion: string;
  readonly producerVersion: string;
}

/** A plan as a folder. */
export interface PlanResult extends PlanFacts {
  planDir: string;
  planProtocol: Readonly<PlanProtocolV1Descriptor>;
}

/** Which source frames chunks get: their own only, or whole sources. */
export interface PlanV2Limitations {
  readonly videoDependencyMode: "exact-rendered-frames" | "full-source-pack";
}

/** A plan whose files are named by their checksums. */
export interface PlanV2Result extends PlanFacts {
  readonly planDir: string;
  readonly manifestPath: string;
  readonly planProtocol: Readonly<PlanProtocolV2Descriptor>;
  readonly sourcePlanV1Hash: string;
  readonly limitations: Readonly<PlanV2Limitations>;
}

/** A file of a plan. */
export interface PlanV2Artifact {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** The chunks that need it. */
  readonly chunks: "all" | readonly number[];
  readonly assembler: boolean;
}

/** The list of a plan's files. */
export interface PlanV2Manifest extends PlanFacts {
  readonly protocol: Readonly<PlanProtocolV2Descriptor>;
  readonly sourcePlanV1Hash: string;
  readonly limitations: Readonly<PlanV2Limitations>;
  readonly artifacts: readonly Readonly<PlanV2Artifact>[];
}

/** Who needs the files of a plan. */
export type PlanV2MaterializationTarget =
  | Readonly<{ role: "chunk"; chunkIndex: number }>
  | Readonly<{ role: "assembler" }>;

/** The part of a plan that was written for a chunk or the joining. */
export interface PlanV2MaterializationResult {
  readonly planDir: string;
  readonly target: PlanV2MaterializationTarget;
  readonly planHash: string;
  readonly sourcePlanV1Hash: string;
  readonly artifactCount: number;
  readonly sizeBytes: number;
  readonly audioPath: string | null;
}

/** A file that a publisher is to keep. */
export interface PlanV2PublishBlob {
  readonly sourcePath: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Where the files of a plan go. */
export interface PlanV2ArtifactPublisher {
  /** Keeps a file, under its checksum. */
  putBlob(blob: Readonly<PlanV2PublishBlob>): Promise<void>;
  /** Keeps the list of files, which makes the plan complete. */
  commitManifest(manifestBytes: string): Promise<void>;
  /** Forgets what was kept of a plan that failed. */
  abort(): Promise<void>;
}

/** Where `planV2WithPublisher` makes its temporary folder. */
export interface PlanV2WithPublisherOptions {
  readonly stagingParentDir?: string;
}

/** A chunk that was rendered. */
export interface ChunkResult {
  outputPath: string;
  outputKind: "file" | "frame-dir";
  framesEncoded: number;
  sha256: string;
  durationMs: number;
  planHashMs: number;
  sessionBootMs: number;
  captureStageMs: number;
  encodeStageMs: number;
  workers: number;
  captureMode?: string;
  perfPath: string;
}

/** A chunk that was rendered, with how it was captured. */
export interface EffectiveChunkResult extends ChunkResult {
  captureMode: string;
}

/** Renders one chunk of a plan. */
export type ChunkRenderer = (
  planDir: string,
  chunkIndex: number,
  outputChunkPath: string,
) => Promise<ChunkResult>;

/** Options of `assemble`. */
export interface AssembleOptions {
  logger?: Logger;
  abortSignal?: AbortSignal;
  cfr?: boolean;
}

/** A film that was joined. */
export interface AssembleResult {
  outputPath: string;
  durationMs: number;
  framesEncoded: number;
  fileSize: number;
}

/** The frames of one chunk. */
export interface ChunkSliceJson {
  index: number;
  startFrame: number;
  endFrame: number;
}

/** An error with a code for programs. */
export interface CodedError extends Error {
  readonly code: string;
}

/** Other members of a class of upstream's are for upstream itself. */
export type ErrorClass<T extends Error, A extends unknown[]> = new (...args: A) => T;
