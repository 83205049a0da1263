/** Types of what `@hyperframes/producer` exports, under upstream's names. */
import type {
  EngineConfig,
  Fps,
  Logger,
  OutputFormat,
  PerfSummary,
  ProgressSink,
  RenderConfig,
  Strictness,
} from "../base/types.js";
import type { DistributedRenderConfig } from "../chunks/distributed-types.js";
import type { UpstreamFileServer, UpstreamFileServerOptions } from "../upstream/types.js";

export type ProducerLogger = Logger;
export type LogLevel = "error" | "warn" | "info" | "debug";
export type ProducerConfig = EngineConfig;
export type ProgressCallback = ProgressSink;
export type RenderPerfSummary = PerfSummary;
export type RenderStrictness = Strictness;

/** Options of a render in chunks that a request may have. */
export type DistributedRenderOptions = Pick<
  DistributedRenderConfig,
  | "width"
  | "height"
  | "codec"
  | "chunkSize"
  | "maxParallelChunks"
  | "targetChunkFrames"
  | "runtimeCap"
  | "rejectOnSystemFonts"
  | "failClosedFontFetch"
  | "cfr"
  | "planDirSizeLimitBytes"
>;

/** A render's options as data: those of its configuration, with a complete engine configuration. */
export interface RenderRequestOptions
  extends Omit<RenderConfig, "format" | "producerConfig" | "logger" | "motionBlur"> {
  format: OutputFormat;
  engineConfig: EngineConfig;
  distributed?: DistributedRenderOptions;
}

/** A render as data, which can be kept and sent. */
export interface RenderRequest {
  version: 1;
  projectDir: string;
  outputPath: string;
  options: RenderRequestOptions;
}

export interface CreateRenderRequestInput {
  projectDir: string;
  outputPath: string;
  options: Omit<RenderRequestOptions, "engineConfig">;
  engineConfig?: EngineConfig;
  engineOverrides?: EngineConfig;
}

export interface RenderPaths {
  absoluteProjectDir: string;
  absoluteOutputPath: string;
}

export interface FileServerOptions extends UpstreamFileServerOptions {
  headScripts?: string[];
  bodyScripts?: string[];
  stripEmbeddedRuntime?: boolean;
}

export interface FileServerHandle extends UpstreamFileServer {
  addPreHeadScript(script: string): void;
}

export type FontFetchErrorCode = "FONT_FETCH_FAILED" | "FONT_FETCH_UNAVAILABLE";

/** An error about a font that could not be fetched. */
export interface FontError extends Error {
  readonly code: FontFetchErrorCode;
  readonly familyName: string;
  readonly url: string;
}

export interface FontFetchRetryPolicy {
  maxAttempts: number;
  attemptTimeoutMs: number;
  maxElapsedMs: number;
  baseDelayMs: number;
}

export interface InjectDeterministicFontFacesOptions {
  failClosedFontFetch?: boolean;
  fetchImpl?: typeof fetch;
  abortSignal?: AbortSignal;
  fontFetchRetryPolicy?: Partial<FontFetchRetryPolicy>;
  allowSystemFontCapture?: boolean;
}

/** A document whose remote files were downloaded. */
export interface LocalizedHtml {
  html: string;
  /** From the path in the document to the file. */
  remoteMediaAssets: Map<string, string>;
}

/** What is to be linted. */
export interface PreparedHyperframeLintInput {
  entryFile: string;
  html: string;
  source: "projectDir" | "files" | "html";
}

export interface HyperframeLintResult {
  ok: boolean;
  errorCount: number;
  warningCount: number;
  infoCount: number;
  findings: object[];
}

/** A browser of upstream's engine with a page. */
export type CaptureSession = object;

export interface CaptureOptions {
  width: number;
  height: number;
  fps: Fps;
  format?: "jpeg" | "png";
  quality?: number;
  deviceScaleFactor?: number;
}

export interface CaptureResult {
  frameIndex: number;
  time: number;
  path: string;
  captureTimeMs: number;
}

export interface CaptureBufferResult {
  buffer: Buffer;
  captureTimeMs: number;
}

/** Milliseconds a frame, and the like. */
export type CapturePerfSummary = Readonly<Record<string, unknown>>;
export type BeforeCaptureHook = (page: never, time: number) => Promise<void>;
