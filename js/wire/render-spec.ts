import { resolve } from "node:path";
import { invalid, oneOf, whole } from "../base/checks.js";
import {
  hasRateControl,
  isNativeFormat,
  maxCrf,
  NATIVE_FORMATS,
  type NativeFormat,
} from "../base/formats.js";
import { parseFps } from "../base/fps.js";
import type {
  EngineConfig,
  Fps,
  Quality,
  RenderConfig,
  RenderJob,
  Strictness,
} from "../base/types.js";
import { engineConfigOf } from "../upstream/engine-config.js";
import type { PeerNamespace } from "../upstream/types.js";
import type { CompiledComposition } from "./messages.js";

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
  /** Script file that runs audio effects. */
  audioEffects?: string;
  /** Absent means auto. */
  hdrMode?: string;
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
  /** Gain of the whole sound. */
  audioGain: number;
  /** libvpx's speed, -8 to 8. */
  vp9CpuUsed: number;
  expectedChromiumMajor?: number;
  /** Most memory for source frames, MiB, and most of them kept. */
  frameCacheMib: number;
  frameCacheEntries: number;
  /** Most bytes of HDR images kept between frames. */
  hdrImageBytes?: number;
}

/** Below these a frame cache only costs (the producer's own floors). */
const LEAST_CACHE = { mib: 64, entries: 32 };

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
    frameCacheMib: Math.max(
      LEAST_CACHE.mib,
      Math.trunc(number(config.frameDataUriCacheBytesLimitMb, 1500)),
    ),
    frameCacheEntries: Math.max(
      LEAST_CACHE.entries,
      Math.trunc(number(config.frameDataUriCacheLimit, 256)),
    ),
    audioGain: number(config.audioGain, 1),
    vp9CpuUsed: Math.trunc(number(config.vp9CpuUsed, 4)),
    ...given("concurrency", wholeNumber(config.concurrency)),
    ...given("expectedChromiumMajor", wholeNumber(config.expectedChromiumMajor)),
    ...given("transitionRingDepth", ringDepth(env.HF_TRANSITION_RING_DEPTH)),
    ...given("hdrImageBytes", cacheBytes(env.HDR_TRANSFER_CACHE_MAX_BYTES)),
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
  audioEffects?: string | undefined;
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
  const format = config.format ?? "mp4";
  if (!isNativeFormat(format)) {
    throw invalid("format", `one of ${NATIVE_FORMATS.join(", ")}`, format);
  }
  const { workers, variables } = config;
  if (workers !== undefined) assertField("workers", whole(1)(workers), workers);
  return {
    jobId: input.job.id,
    composition: input.composition,
    output: { path: resolve(input.outputPath), format },
    fps,
    encode: { ...encodeSettings(format, config), rendererVersion: input.rendererVersion },
    deviceScaleFactor: input.deviceScaleFactor,
    ...given("workers", workers),
    ...given("variables", variables),
    strictness: config.strictness ?? "best-effort",
    debug: config.debug === true,
    ...given("audioEffects", input.audioEffects),
    ...given("transitions", transitionStyle(input)),
    ...given("hdrMode", hdrMode(config)),
    engine: engineSpec(engineConfigOf(config, input.namespace), input.env),
  };
}

/**
 * Whose picture of shader transitions to render: the preview's, unless the user turned
 * page-side compositing off. (The producer turns it off by itself for a capture mode that the
 * native engine does not have.)
 */
function transitionStyle({ composition, job, namespace }: SpecInput) {
  if (!composition.hints.shaderTransitions) return undefined;
  const engine = engineConfigOf(job.config, namespace);
  const off = engine.enablePageSideCompositing === false;
  return off && engine.pageSideCompositingAutoDisabled !== true ? "engine" : "preview";
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` */
function hdrMode({ hdrMode: mode }: RenderConfig): string | undefined {
  if (mode === undefined) return undefined;
  assertField("hdrMode", oneOf("auto", "force-hdr", "force-sdr")(mode), mode);
  return mode;
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` */
function cacheBytes(variable: string | undefined): number | undefined {
  if (variable === undefined || variable.trim() === "") return undefined;
  const bytes = Number(variable);
  assertField("HDR_TRANSFER_CACHE_MAX_BYTES", whole(0)(bytes), variable);
  return bytes;
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` */
function ringDepth(variable: string | undefined): number | undefined {
  if (variable === undefined || variable.trim() === "") return undefined;
  const depth = Number(variable);
  assertField("HF_TRANSITION_RING_DEPTH", whole(1)(depth), variable);
  return depth;
}

/** What the format's encoder can use of the configuration; the rest is dropped, as upstream does. */
function encodeSettings(format: NativeFormat, config: RenderConfig) {
  const quality = config.quality ?? "standard";
  assertField("quality", oneOf("draft", "standard", "high")(quality), quality);
  const gifLoop = format === "gif" ? (config.gifLoop ?? 0) : undefined;
  if (gifLoop !== undefined) assertField("gifLoop", whole(0, 65_535)(gifLoop), gifLoop);
  return { quality, ...rateControl(format, config), ...given("gifLoop", gifLoop) };
}

function rateControl(format: NativeFormat, { crf, videoBitrate }: RenderConfig) {
  if (!hasRateControl(format)) return {};
  // With both, crf wins.
  if (crf === undefined || crf === null) return given("videoBitrate", videoBitrate || undefined);
  const max = maxCrf(format);
  // x264 takes what is above its maximum for the maximum; libvpx refuses it.
  const used = format === "mp4" && crf > max ? max : crf;
  const fits = Number.isFinite(used) && used >= 0 && used <= max;
  assertField("crf", fits ? undefined : `a number from 0 to ${max}`, crf);
  return { crf: used };
}

function assertField(field: string, expected: string | undefined, got: unknown): void {
  if (expected !== undefined) throw invalid(field, expected, got);
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
