/** Upstream's engine configuration: its defaults for a local render, and checks of overrides. */
import {
  aboveZero,
  atLeast,
  type Check,
  flag,
  invalid,
  oneOf,
  record,
  text,
  whole,
} from "../base/checks.js";
import { NativeRenderError } from "../base/errors.js";
import type { EngineConfig, RenderConfig } from "../base/types.js";
import type { UpstreamNamespace } from "./types.js";

/** An engine configuration whose settings are read by name. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * The engine configuration of a job: the one it brings, else what `hyperframes render` uses on a
 * local machine. Studio brings none, and upstream's library defaults would force screenshots.
 */
export function engineConfigOf(
  config: RenderConfig,
  { resolveConfig }: Pick<UpstreamNamespace, "resolveConfig">,
): Settings {
  if (config.producerConfig) return config.producerConfig as Settings;
  const defaults = localDefaults(config.outputResolution !== undefined);
  return (resolveConfig?.(defaults) as Settings | undefined) ?? defaults;
}

/**
 * What the CLI overrides for a local render.
 *
 * @param scaled whether the output is scaled to a preset, which needs screenshots
 */
export function localDefaults(scaled: boolean): Settings {
  const { PRODUCER_BROWSER_GPU_MODE: gpuMode, PRODUCER_FORCE_SCREENSHOT: forced } = process.env;
  if (gpuMode) return {};
  return {
    browserGpuMode: "auto",
    ...(scaled || forced === "true" ? {} : { forceScreenshot: false }),
  };
}

const ms = atLeast(1, "a number of milliseconds");

/** Settings without a default: a resolved configuration has them only when they were given. */
const OPTIONAL: Record<string, Check> = {
  chromePath: text,
  expectedChromiumMajor: whole(1),
  runtimeManifestPath: text,
  extractCacheDir: text,
  // Set by upstream itself when it resolves a configuration.
  forceScreenshotExplicitlyOptedOut: flag,
  pageSideCompositingAutoDisabled: flag,
  streamingEncodeAutoDisabledOnWin32Compound: flag,
};

/** Settings that need a narrower check than the type of their default. */
const RANGES: Record<string, Check> = {
  disableGpu: flag,
  enablePageSideCompositing: flag,
  forceScreenshot: flag,
  lowMemoryMode: flag,
  vp9CpuUsed: whole(-8, 8),
  jpegQuality: whole(0, 100),
  concurrency: (v) =>
    v === "auto" || whole(1)(v) === undefined ? undefined : 'a whole number from 1, or "auto"',
  coresPerWorker: aboveZero,
  minParallelFrames: whole(0),
  largeRenderThreshold: whole(0),
  browserGpuMode: oneOf("auto", "software", "hardware"),
  browserTimeout: ms,
  protocolTimeout: ms,
  playerReadyTimeout: ms,
  renderReadyTimeout: ms,
  pageNavigationTimeout: ms,
  ffmpegEncodeTimeout: ms,
  ffmpegProcessTimeout: ms,
  ffmpegStreamingTimeout: ms,
  chunkSizeFrames: whole(1),
  streamingEncodeMaxDurationSeconds: atLeast(0, "a number of seconds"),
  audioGain: atLeast(0),
  hdr: (v) =>
    v === false || isTransfer(v) ? undefined : 'false, or { transfer: "hlg" } or "pq" for it',
  frameDataUriCacheLimit: whole(1),
  frameDataUriCacheBytesLimitMb: atLeast(1),
  extractCacheMaxBytes: atLeast(1, "a number of bytes"),
};

/**
 * Checks a caller's overrides against the settings of this upstream version.
 *
 * @param defaults upstream's own configuration; its keys are the settings that the version knows
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the setting and what it may be
 */
export function checkEngineConfig(overrides: EngineConfig, defaults: EngineConfig): void {
  const known = [...Object.keys(defaults), ...Object.keys(OPTIONAL)];
  for (const [key, value] of Object.entries(overrides)) {
    if (!known.includes(key)) throw unknownSetting(key, known);
    if (value === undefined) continue;
    const check = OPTIONAL[key] ?? RANGES[key] ?? likeDefault((defaults as Settings)[key]);
    const expected = check(value);
    if (expected !== undefined) throw invalid(`engineConfig.${key}`, expected, value);
  }
}

/**
 * Checks the settings of a configuration that a job brings.
 *
 * @param used names of the settings that are read; the others may hold anything
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the setting and what it may be
 */
export function checkSettings(settings: Settings, used: readonly string[]): void {
  for (const name of used) {
    const value = settings[name];
    if (value === undefined || value === null) continue;
    const expected = (OPTIONAL[name] ?? RANGES[name])?.(value);
    if (expected !== undefined) throw invalid(`producerConfig.${name}`, expected, value);
  }
}

/** The check for a setting without an entry of its own: it must have the type of its default. */
function likeDefault(fallback: unknown): Check {
  if (typeof fallback === "boolean") return flag;
  if (typeof fallback === "number") {
    return (v) => (Number.isFinite(v) ? undefined : "a number");
  }
  return typeof fallback === "string" ? text : () => undefined;
}

function isTransfer(value: unknown): boolean {
  if (record(value) !== undefined) return false;
  const { transfer } = value as { transfer?: unknown };
  return transfer === "hlg" || transfer === "pq";
}

function unknownSetting(key: string, known: string[]): NativeRenderError {
  const names = [...new Set(known)].sort();
  const meant = names.find((name) => name.toLowerCase() === key.toLowerCase());
  return new NativeRenderError(
    "HF_NATIVE_INVALID_OPTION",
    `Unknown setting "engineConfig.${key}". ` +
      (meant ? `Did you mean ${meant}?` : `Known settings: ${names.join(", ")}.`),
  );
}
