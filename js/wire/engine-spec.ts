/** Reducing upstream's engine configuration to the settings that the native core reads. */

import { aboveZero, type Check, invalid, whole } from "../base/checks.js";
import { defined } from "../base/defined.js";
import { TOOL_VARIABLES } from "../base/ffmpeg-tools.js";
import type { Settings } from "../upstream/engine-config.js";
import type { EngineSpec } from "./generated.js";

/** A smaller cache of source frames costs more than it saves: upstream's lower limits. */
const LEAST_CACHE = { mib: 64, entries: 32 };

/**
 * The settings of an engine configuration that the native core reads, and those it takes from the
 * environment.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the variable
 */
export function engineSpec(settings: Settings, env: NodeJS.ProcessEnv): EngineSpec {
  return {
    browserGpuMode: gpuMode(settings.browserGpuMode),
    disableGpu: settings.disableGpu === true,
    forceScreenshot: settings.forceScreenshot === true,
    lowMemoryMode: settings.lowMemoryMode === true,
    browserTimeoutMs: number(settings.browserTimeout, 120_000),
    protocolTimeoutMs: number(settings.protocolTimeout, 300_000),
    playerReadyTimeoutMs: number(settings.playerReadyTimeout, 45_000),
    pageNavigationTimeoutMs: number(settings.pageNavigationTimeout, 60_000),
    ffmpegProcessTimeoutMs: number(settings.ffmpegProcessTimeout, 300_000),
    ffmpegEncodeTimeoutMs: number(settings.ffmpegEncodeTimeout, 600_000),
    frameCacheMib: Math.max(
      LEAST_CACHE.mib,
      Math.trunc(number(settings.frameDataUriCacheBytesLimitMb, 1500)),
    ),
    frameCacheEntries: Math.max(
      LEAST_CACHE.entries,
      Math.trunc(number(settings.frameDataUriCacheLimit, 256)),
    ),
    audioGain: number(settings.audioGain, 1),
    vp9CpuUsed: Math.trunc(number(settings.vp9CpuUsed, 4)),
    ...workerSizing(settings),
    ...defined({
      ffmpegStreamingTimeoutMs: streamingTimeout(settings, env),
      concurrency: wholeNumber(settings.concurrency),
      expectedChromiumMajor: wholeNumber(settings.expectedChromiumMajor),
      transitionRingDepth: variable(env, "HF_TRANSITION_RING_DEPTH", 1),
      hdrImageBytes: variable(env, "HDR_TRANSFER_CACHE_MAX_BYTES", 0),
      browserPath: configuredBrowser(settings, env),
      ffmpegPath: text(env[TOOL_VARIABLES.ffmpeg]),
      ffprobePath: text(env[TOOL_VARIABLES.ffprobe]),
    }),
  };
}

/** Upstream's defaults (docs/upstream.md#worker-count); at them, cores and memory decide here. */
const SIZING = { coresPerWorker: 2.5, largeRenderThreshold: 1000, minParallelFrames: 120 };

/**
 * The settings of the number of workers that differ from upstream's defaults. Each of the first two
 * brings the other along.
 */
function workerSizing(settings: Settings): Partial<EngineSpec> {
  const given = (name: keyof typeof SIZING, check: Check) => {
    const value = settings[name];
    if (value === undefined) return SIZING[name];
    const expected = check(value);
    if (expected !== undefined) throw invalid(name, expected, value);
    return value as number;
  };
  const coresPerWorker = given("coresPerWorker", aboveZero);
  const largeRenderThreshold = given("largeRenderThreshold", whole(0));
  const minParallelFrames = given("minParallelFrames", whole(0));
  const isBound =
    coresPerWorker !== SIZING.coresPerWorker ||
    largeRenderThreshold !== SIZING.largeRenderThreshold;
  return {
    ...(isBound ? { coresPerWorker, largeRenderThreshold } : {}),
    ...(minParallelFrames !== SIZING.minParallelFrames ? { minParallelFrames } : {}),
  };
}

/** Upstream's default; at it, the core decides, unless the variable says so. */
const STREAMING_TIMEOUT_MS = 600_000;

function streamingTimeout(settings: Settings, env: NodeJS.ProcessEnv): number | undefined {
  const value = number(settings.ffmpegStreamingTimeout, STREAMING_TIMEOUT_MS);
  const isSet = value !== STREAMING_TIMEOUT_MS || text(env.FFMPEG_STREAMING_TIMEOUT_MS);
  return isSet ? value : undefined;
}

function gpuMode(mode: unknown): EngineSpec["browserGpuMode"] {
  return mode === "auto" || mode === "hardware" ? mode : "software";
}

/**
 * The configured browser, unless it comes from a variable: the native core reads the variables
 * itself, so that its errors can name them.
 */
function configuredBrowser(settings: Settings, env: NodeJS.ProcessEnv): string | undefined {
  const path = text(settings.chromePath);
  const named = [env.PRODUCER_HEADLESS_SHELL_PATH, env.HYPERFRAMES_BROWSER_PATH];
  return path !== undefined && named.includes(path) ? undefined : path;
}

/** A variable that holds a whole number of at least `min`; undefined when it is not set. */
function variable(env: NodeJS.ProcessEnv, name: string, min: number): number | undefined {
  const given = text(env[name]);
  if (given === undefined) return undefined;
  const value = Number(given);
  const expected = whole(min)(value);
  if (expected !== undefined) throw invalid(name, expected, env[name]);
  return value;
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
