/** Frames per second as an exact rational, e.g. `{ num: 30000, den: 1001 }`. */
export interface Fps {
  num: number;
  den: number;
}

export type Quality = "draft" | "standard" | "high";
export type Strictness = "strict" | "best-effort";
export type RenderStatus =
  | "queued"
  | "preprocessing"
  | "rendering"
  | "encoding"
  | "assembling"
  | "complete"
  | "failed"
  | "cancelled";
export type RenderOutcome = "completed" | "completed_with_warnings" | "failed" | "cancelled";

/** The producer's logger: everything goes to stderr unless the caller says otherwise. */
export interface Logger {
  error(message: string, meta?: Record<string, unknown>): void;
  warn(message: string, meta?: Record<string, unknown>): void;
  info(message: string, meta?: Record<string, unknown>): void;
  debug(message: string, meta?: Record<string, unknown>): void;
  isLevelEnabled?(level: "error" | "warn" | "info" | "debug"): boolean;
}

/** Machine-readable place in the render; absent on terminal states. */
export interface StageProgress {
  /** compile, extract_video, process_audio, start_browsers, capture, encode or assemble. */
  code: string;
  done?: number;
  total?: number;
}

/** Something about the result that its author should know. */
export interface RenderWarning {
  code: string;
  message: string;
  stage?: string;
  details?: Record<string, unknown>;
}

/** The producer's engine configuration; keys and defaults belong to its version. */
export type EngineConfig = Record<string, unknown>;

/** What `createRenderJob` takes; field meanings are the producer's. */
export interface RenderConfig {
  fps: Fps | number;
  quality: Quality;
  format?: string;
  workers?: number;
  useGpu?: boolean;
  debug?: boolean;
  strictness?: Strictness;
  entryFile?: string;
  crf?: number;
  /** How often a GIF plays, 0 for ever. */
  gifLoop?: number;
  videoBitrate?: string;
  videoFrameFormat?: string;
  hdrMode?: string;
  variables?: Record<string, unknown>;
  outputResolution?: string;
  outputResolutionAspectAgnostic?: boolean;
  resumeSegments?: boolean;
  keepSegments?: boolean;
  motionBlur?: unknown;
  producerConfig?: EngineConfig;
  logger?: Logger;
  [other: string]: unknown;
}

/** What a failed job keeps about its failure. */
export interface RenderErrorDetails {
  message: string;
  stack?: string;
  elapsedMs: number;
  freeMemoryMB: number;
  browserConsoleTail?: readonly string[];
}

/** A render job: created queued, then mutated in place while it is executed. */
export interface RenderJob {
  id: string;
  config: RenderConfig;
  status: RenderStatus;
  /** Percent, 0 to 100; never decreases. */
  progress: number;
  /** Same text as the progress message. */
  currentStage: string;
  stageProgress?: StageProgress | undefined;
  createdAt: Date;
  startedAt?: Date;
  completedAt?: Date;
  outcome?: RenderOutcome;
  warnings: RenderWarning[];
  error?: string;
  failedStage?: string;
  errorDetails?: RenderErrorDetails;
  outputPath?: string;
  /** Seconds. */
  duration?: number;
  totalFrames?: number;
  framesRendered?: number;
  perfSummary?: PerfSummary;
  [other: string]: unknown;
}

/** Figures of a finished render, in the producer's shape plus `native`. */
export interface PerfSummary {
  renderId: string;
  totalElapsedMs: number;
  compositionDurationSeconds: number;
  totalFrames: number;
  resolution: { width: number; height: number };
  stages: Record<string, number>;
  native?: Record<string, unknown>;
  [other: string]: unknown;
}

/** Receives a snapshot of the job; calls are ordered and awaited, a throw is logged and ignored. */
export type ProgressSink = (job: RenderJob, message: string) => void | Promise<void>;
