/**
 * The types of a render job: what a caller configures and what it gets back. Names and meanings are
 * those of `@hyperframes/producer`, so that code written for it keeps its types.
 */

import type { OutputFormat } from "./formats.js";
import type { PageFiles, PageNetwork } from "./page-limits.js";

export type { OutputFormat };

/** Frames per second as an exact rational, e.g. `{ num: 30000, den: 1001 }`. */
export interface Fps {
  num: number;
  den: number;
}

/** How much time the encoder takes for how small a file: its preset and its CRF. */
export type Quality = "draft" | "standard" | "high";
/** HDR output where a source is HDR, always, or never. */
export type HdrMode = "auto" | "force-hdr" | "force-sdr";
/** The picture format of source frames that upstream extracts. */
export type VideoFrameFormat = "auto" | "jpg" | "png";
/** Whether warnings about the quality of a result forbid publishing it. */
export type Strictness = "strict" | "best-effort";
/** Where a job is, in upstream's words. */
export type RenderStatus =
  | "queued"
  | "preprocessing"
  | "rendering"
  | "encoding"
  | "assembling"
  | "complete"
  | "failed"
  | "cancelled";
/** How a job ended. */
export type RenderOutcome = "completed" | "completed_with_warnings" | "failed" | "cancelled";

/** Upstream's logger. Without one, lines go to stderr. */
export interface Logger {
  /** What ended the render, or part of it. */
  error(message: string, meta?: Record<string, unknown>): void;
  /** What is not as it was asked for. */
  warn(message: string, meta?: Record<string, unknown>): void;
  /** What a user may want to know. */
  info(message: string, meta?: Record<string, unknown>): void;
  /** What helps to find a fault. */
  debug(message: string, meta?: Record<string, unknown>): void;
  /** Whether lines of that level go anywhere; absent if all do. */
  isLevelEnabled?(level: "error" | "warn" | "info" | "debug"): boolean;
}

/** The stage of a render, for programs; absent once the render has ended. */
export interface StageProgress {
  /** compile, extract_video, process_audio, start_browsers, capture, encode or assemble. */
  code: string;
  done?: number;
  total?: number;
}

/** A flaw of the result that does not stop the render. */
export interface RenderWarning {
  code: string;
  message: string;
  stage?: string;
  details?: Record<string, unknown>;
}

/**
 * Upstream's engine configuration: an object whose settings and defaults belong to the version that
 * is installed.
 */
export type EngineConfig = object;

/** Motion blur: several samples a frame, averaged. */
export interface MotionBlur {
  /** 1 to 64; without it as many as the movement needs. */
  samplesPerFrame?: number;
  /** Degrees of 360 a frame; default 180. */
  shutterAngle?: number;
  /** Degrees from the frame's time to the opening of the shutter; default -90. */
  shutterPhase?: number;
  /** The space samples are averaged in. */
  blend?: "srgb" | "linear";
}

/** Configuration of a job. Fields, values and defaults are upstream's. */
export interface RenderConfig {
  fps: Fps;
  quality: Quality;
  /** Default `mp4`. */
  format?: OutputFormat;
  /** How often a GIF plays, 0 for ever. */
  gifLoop?: number;
  /** Seconds of an HLS segment. */
  hlsSegmentSeconds?: number;
  workers?: number;
  /** GPU video encoder. */
  useGpu?: boolean;
  debug?: boolean;
  strictness?: Strictness;
  /** HTML file within the project. Default `index.html`. */
  entryFile?: string;
  crf?: number;
  videoBitrate?: string;
  /** Image format of extracted source video frames. */
  videoFrameFormat?: VideoFrameFormat;
  hdrMode?: HdrMode;
  /** Plain JSON, readable in the page as composition variables. */
  variables?: Record<string, unknown>;
  /** Preset to scale to, such as `landscape-4k`. */
  outputResolution?: string;
  /** Turn the preset to the composition's orientation. */
  outputResolutionAspectAgnostic?: boolean;
  /**
   * Keep whole parts of a render that ends early, and go on from them. Default: in renders of 30 s and
   * more. A field of this package's own.
   */
  resume?: boolean;
  resumeSegments?: boolean;
  keepSegments?: boolean;
  motionBlur?: MotionBlur;
  /** What pages reach on the network. A field of this package's own, as is `pageFiles`. */
  pageNetwork?: PageNetwork;
  pageFiles?: PageFiles;
  /** A complete engine configuration; the environment is then not read. */
  producerConfig?: EngineConfig;
  logger?: Logger;
}

/** What `createRenderJob` takes: the frame rate may be a whole number. */
export type RenderConfigInput = Omit<RenderConfig, "fps"> & { fps: Fps | number };

/** What a failed job keeps about its failure. */
export interface RenderErrorDetails {
  message: string;
  stack?: string;
  elapsedMs: number;
  freeMemoryMB: number;
  /** Oldest first, at most 30. */
  browserConsoleTail?: string[];
  /** Milliseconds of the stages that were reached. */
  perfStages?: Record<string, number>;
  /** The trace so far, and under what circumstances it was made. */
  observability?: object;
  /** Whether timelines of sub-compositions came. */
  subTimelineWait?: "ready" | "timeout" | "script_failure";
}

/** A render job: created queued, then changed in place while it runs. */
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
  /** Decibels by which the limiter lowered the sound; absent when it did not. */
  audioLoweredDb?: number;
}

/** Figures of a finished render: those of upstream, and this package's own in `native`. */
export interface PerfSummary {
  renderId: string;
  totalElapsedMs: number;
  /** Frames per second, as a decimal number. */
  fps?: number;
  quality?: string;
  workers?: number;
  /** How the number of workers came about. */
  workerSizing?: object;
  chunkedEncode?: boolean;
  chunkSizeFrames?: number | null;
  compositionDurationSeconds: number;
  totalFrames: number;
  resolution: { width: number; height: number };
  videoCount?: number;
  audioCount?: number;
  /** Milliseconds by stage. */
  stages: Record<string, number>;
  /** Milliseconds of capture per frame. */
  captureAvgMs?: number;
  /** What the frame in the middle took, from its seek to its delivery. */
  captureP50Ms?: number;
  /** What the slowest frame took. */
  capturePeakMs?: number;
  /** Sources are decoded while frames are captured: all figures are 0. Absent without clips. */
  videoExtractBreakdown?: Record<string, number>;
  /** Bytes of the staged file: nothing else is written. */
  tmpPeakBytes?: number;
  /** Whether timelines of sub-compositions came. */
  subTimelineWait?: "ready" | "timeout" | "script_failure";
  /** Peaks of this process, MiB; those of browsers and encoders are in `native`. */
  peakRssMb?: number;
  peakHeapUsedMb?: number;
  /** HyperFrames' prediction of still frames, which is not used. */
  staticDedup?: object;
  /** The machine. */
  host?: object;
  /** The trace, and under what circumstances the render was made. */
  observability?: object;
  /** Frames that Chrome reported as undamaged, and others. */
  beginFrameReuse?: { noDamageFrames: number; hasDamageFrames: number };
  /** Absent when the HyperFrames engine rendered. */
  native?: Record<string, unknown>;
}

/** Gets a copy of the job. Calls are ordered and awaited; what they throw is logged and ignored. */
export type ProgressSink = (job: RenderJob, message: string) => void | Promise<void>;
