import { resolve } from "node:path";
import type { CompiledComposition } from "./compile/composition.js";
import { NativeRenderError } from "./errors.js";
import { isNativeFormat, NATIVE_FORMATS, type NativeFormat } from "./formats.js";
import { parseFps } from "./fps.js";
import type { PeerNamespace } from "./peer.js";
import type { EngineConfig, Fps, Quality, RenderConfig, RenderJob, Strictness } from "./types.js";

/** What the native core is told about one render. Plain JSON. */
export interface RenderSpec {
  jobId: string;
  composition: CompiledComposition;
  output: { path: string; format: NativeFormat };
  fps: Fps;
  encode: {
    quality: Quality;
    crf?: number;
    videoBitrate?: string;
    /** How often a GIF plays, 0 for ever. */
    gifLoop?: number;
    rendererVersion: string;
  };
  deviceScaleFactor: number;
  workers?: number;
  variables?: Record<string, unknown>;
  strictness: Strictness;
  debug: boolean;
  engine: EngineSpec;
}

/** The engine configuration, reduced to what the native core uses. Times in ms. */
export interface EngineSpec {
  browserPath?: string;
  ffmpegPath?: string;
  ffprobePath?: string;
  browserGpuMode: "auto" | "software" | "hardware";
  disableGpu: boolean;
  forceScreenshot: boolean;
  lowMemoryMode: boolean;
  staticFrameDedup: boolean;
  /** Upper bound of automatic worker sizing; absent means automatic. */
  concurrency?: number;
  coresPerWorker: number;
  minParallelFrames: number;
  largeRenderThreshold: number;
  browserTimeoutMs: number;
  protocolTimeoutMs: number;
  playerReadyTimeoutMs: number;
  pageNavigationTimeoutMs: number;
  ffmpegProcessTimeoutMs: number;
  ffmpegStreamingTimeoutMs: number;
  /** libvpx's speed, -8 to 8. */
  vp9CpuUsed: number;
  expectedChromiumMajor?: number;
}

/**
 * The job's engine configuration: its own snapshot, else what `hyperframes render` asks for on a
 * local machine. Studio gives none, and the producer's bare defaults would keep it to screenshots.
 */
export function engineConfigOf(config: RenderConfig, namespace: PeerNamespace): EngineConfig {
  if (config.producerConfig) return config.producerConfig;
  const defaults = localDefaults(config.outputResolution !== undefined);
  return namespace.resolveConfig?.(defaults) ?? defaults;
}

/** What the CLI overrides for a local render; `scaled` output needs screenshots. */
export function localDefaults(scaled: boolean): EngineConfig {
  const { PRODUCER_BROWSER_GPU_MODE: gpuMode, PRODUCER_FORCE_SCREENSHOT: forced } = process.env;
  if (gpuMode) return {};
  return {
    browserGpuMode: "auto",
    ...(scaled || forced === "true" ? {} : { forceScreenshot: false }),
  };
}

/** Reduces an engine configuration and the environment's tool paths to an {@link EngineSpec}. */
export function engineSpec(config: EngineConfig, env: NodeJS.ProcessEnv): EngineSpec {
  const gpuMode = config.browserGpuMode;
  return {
    browserGpuMode:
      gpuMode === "auto" || gpuMode === "hardware" || gpuMode === "software" ? gpuMode : "software",
    disableGpu: config.disableGpu === true,
    forceScreenshot: config.forceScreenshot === true,
    lowMemoryMode: config.lowMemoryMode === true,
    staticFrameDedup: config.staticFrameDedup !== false,
    coresPerWorker: number(config.coresPerWorker, 2.5),
    minParallelFrames: number(config.minParallelFrames, 120),
    largeRenderThreshold: number(config.largeRenderThreshold, 1000),
    browserTimeoutMs: number(config.browserTimeout, 120_000),
    protocolTimeoutMs: number(config.protocolTimeout, 300_000),
    playerReadyTimeoutMs: number(config.playerReadyTimeout, 45_000),
    pageNavigationTimeoutMs: number(config.pageNavigationTimeout, 60_000),
    ffmpegProcessTimeoutMs: number(config.ffmpegProcessTimeout, 300_000),
    ffmpegStreamingTimeoutMs: number(config.ffmpegStreamingTimeout, 600_000),
    vp9CpuUsed: Math.trunc(number(config.vp9CpuUsed, 4)),
    ...given("concurrency", wholeNumber(config.concurrency)),
    ...given("expectedChromiumMajor", wholeNumber(config.expectedChromiumMajor)),
    ...given("browserPath", configuredBrowser(config, env)),
    ...given("ffmpegPath", text(env.HYPERFRAMES_FFMPEG_PATH)),
    ...given("ffprobePath", text(env.HYPERFRAMES_FFPROBE_PATH)),
  };
}

/**
 * A browser that only the configuration names. The native core reads the variables itself, and so
 * can say which of them is wrong.
 */
function configuredBrowser(config: EngineConfig, env: NodeJS.ProcessEnv): string | undefined {
  const path = text(config.chromePath);
  const named = [env.PRODUCER_HEADLESS_SHELL_PATH, env.HYPERFRAMES_BROWSER_PATH];
  return path !== undefined && named.includes(path) ? undefined : path;
}

/** What {@link buildRenderSpec} puts together. */
export interface SpecInput {
  job: RenderJob;
  composition: CompiledComposition;
  deviceScaleFactor: number;
  outputPath: string;
  namespace: PeerNamespace;
  /** Version of the CLI or producer that drives; written into the file's metadata. */
  rendererVersion: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Builds the native core's input from a job.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the field
 */
export function buildRenderSpec(input: SpecInput): RenderSpec {
  const { config } = input.job;
  const fps = parseFps(config.fps);
  if (!fps) throw invalid("fps", "a positive rational", config.fps);
  const quality = config.quality ?? "standard";
  if (!["draft", "standard", "high"].includes(quality)) {
    throw invalid("quality", "draft, standard or high", quality);
  }
  const format = config.format ?? "mp4";
  if (!isNativeFormat(format)) throw invalid("format", NATIVE_FORMATS.join(", "), format);
  const { workers, crf, videoBitrate, gifLoop, variables } = config;
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 1)) {
    throw invalid("workers", "a whole number from 1", workers);
  }
  return {
    jobId: input.job.id,
    composition: input.composition,
    output: { path: resolve(input.outputPath), format },
    fps,
    encode: {
      quality,
      rendererVersion: input.rendererVersion,
      ...given("crf", crf),
      ...given("videoBitrate", videoBitrate),
      ...given("gifLoop", gifLoop),
    },
    deviceScaleFactor: input.deviceScaleFactor,
    ...given("workers", workers),
    ...given("variables", variables),
    strictness: config.strictness ?? "best-effort",
    debug: config.debug === true,
    engine: engineSpec(engineConfigOf(config, input.namespace), input.env),
  };
}

function invalid(field: string, expected: string, got: unknown): NativeRenderError {
  return new NativeRenderError(
    "HF_NATIVE_INVALID_OPTION",
    `${field} must be ${expected}, got ${JSON.stringify(got)}.`,
  );
}

function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function number(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 ? value : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
