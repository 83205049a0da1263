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

/** Upstream's name of {@link Logger}. */
export type ProducerLogger = Logger;
/** The levels of a {@link Logger}, the most serious one first. */
export type LogLevel = "error" | "warn" | "info" | "debug";
/** Upstream's name of {@link EngineConfig}. */
export type ProducerConfig = EngineConfig;
/** Upstream's name of {@link ProgressSink}. */
export type ProgressCallback = ProgressSink;
/** Upstream's name of {@link PerfSummary}. */
export type RenderPerfSummary = PerfSummary;
/** Upstream's name of {@link Strictness}. */
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

/** What a {@link RenderRequest} is made of. */
export interface CreateRenderRequestInput {
  projectDir: string;
  outputPath: string;
  options: Omit<RenderRequestOptions, "engineConfig">;
  engineConfig?: EngineConfig;
  engineOverrides?: EngineConfig;
}

/** The folder of a project and the file of its render, as absolute paths. */
export interface RenderPaths {
  absoluteProjectDir: string;
  absoluteOutputPath: string;
}

/** Options of {@link createFileServer}. */
export interface FileServerOptions extends UpstreamFileServerOptions {
  headScripts?: string[];
  bodyScripts?: string[];
  stripEmbeddedRuntime?: boolean;
}

/** A file server on loopback that runs. */
export interface FileServerHandle extends UpstreamFileServer {
  /** Puts one more script at the start of the head of each page from now on. */
  addPreHeadScript(script: string): void;
}

/** Why a font could not be fetched. */
export type FontFetchErrorCode = "FONT_FETCH_FAILED" | "FONT_FETCH_UNAVAILABLE";

/** An error about a font that could not be fetched. */
export interface FontError extends Error {
  readonly code: FontFetchErrorCode;
  readonly familyName: string;
  readonly url: string;
}

/** How often a font is asked for, and how long; times in ms. */
export interface FontFetchRetryPolicy {
  maxAttempts: number;
  attemptTimeoutMs: number;
  maxElapsedMs: number;
  baseDelayMs: number;
}

/** Options of {@link injectDeterministicFontFaces}. */
export interface InjectDeterministicFontFacesOptions {
  failClosedFontFetch?: boolean;
  /** Used in the place of the global `fetch`. */
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

/** What the linter found: counts by severity, and the findings. */
export interface HyperframeLintResult {
  ok: boolean;
  errorCount: number;
  warningCount: number;
  infoCount: number;
  findings: object[];
}

/** A browser of upstream's engine with a page. */
export type CaptureSession = object;

/** Size in CSS pixels, rate and picture format of a capture session. */
export interface CaptureOptions {
  width: number;
  height: number;
  fps: Fps;
  format?: "jpeg" | "png";
  quality?: number;
  deviceScaleFactor?: number;
}

/** A frame that was written to a file. */
export interface CaptureResult {
  frameIndex: number;
  time: number;
  path: string;
  captureTimeMs: number;
}

/** A frame in memory. */
export interface CaptureBufferResult {
  buffer: Buffer;
  captureTimeMs: number;
}

/** Milliseconds a frame, and the like. */
export type CapturePerfSummary = Readonly<Record<string, unknown>>;
/** Called with the page and its time in seconds before each frame is captured. */
export type BeforeCaptureHook = (page: never, time: number) => Promise<void>;
