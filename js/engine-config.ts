/** The producer's engine configuration: what is checked in it, and where it starts. */
import { atLeast, type Check, flag, invalid, oneOf, record, text, whole } from "./checks.js";
import { NativeRenderError } from "./errors.js";
import type { PeerNamespace } from "./peer.js";
import type { EngineConfig, RenderConfig } from "./types.js";

type ResolveConfig = PeerNamespace["resolveConfig"];

const ms = atLeast(1, "a number of milliseconds");
const positive: Check = (v) =>
  Number.isFinite(v) && (v as number) > 0 ? undefined : "a number above 0";

/** Settings that a resolved configuration lacks while nobody has given them. */
const OPTIONAL: Record<string, Check> = {
  chromePath: text,
  expectedChromiumMajor: whole(1),
  runtimeManifestPath: text,
  extractCacheDir: text,
  pageSideCompositingAutoDisabled: flag,
  forceScreenshotExplicitlyOptedOut: flag,
  streamingEncodeAutoDisabledOnWin32Compound: flag,
};

/** Settings of which the type alone says too little. */
const RANGES: Record<string, Check> = {
  fps: oneOf(24, 25, 30, 60),
  quality: oneOf("draft", "standard", "high"),
  format: oneOf("jpeg", "png"),
  jpegQuality: whole(0, 100),
  concurrency: (v) =>
    v === "auto" || whole(1)(v) === undefined ? undefined : 'a whole number from 1, or "auto"',
  coresPerWorker: positive,
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
 * Checks overrides of the engine configuration against the settings that this producer has.
 *
 * @param resolveConfig the producer's own; its result tells which settings its version knows
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the setting and what it may be
 */
export function checkEngineConfig(overrides: EngineConfig, resolveConfig: ResolveConfig): void {
  const defaults = resolveConfig?.() ?? RANGES;
  for (const [key, value] of Object.entries(overrides)) {
    const known = Object.hasOwn(OPTIONAL, key) || Object.hasOwn(defaults, key);
    if (!known) throw unknownSetting(key, [...Object.keys(defaults), ...Object.keys(OPTIONAL)]);
    if (value === undefined) continue;
    const expected = (own(OPTIONAL, key) ?? own(RANGES, key) ?? likeDefault(defaults[key]))(value);
    if (expected !== undefined) throw invalid(`engineConfig.${key}`, expected, value);
  }
}

/** The job's engine configuration: its own snapshot, else that of a local render. */
export function engineConfigOf(
  config: RenderConfig,
  { resolveConfig }: Pick<PeerNamespace, "resolveConfig">,
): EngineConfig {
  if (config.producerConfig) return config.producerConfig;
  return resolveConfig?.(localDefaults(config.outputResolution !== undefined)) ?? {};
}

/**
 * What `hyperframes render` asks for on a local machine. Without it the producer's own default, a
 * software GPU, would also mean screenshots, the slowest way to the same frames.
 *
 * @param scaled whether the output is scaled to a preset
 */
export function localDefaults(scaled: boolean): EngineConfig {
  const { PRODUCER_BROWSER_GPU_MODE: gpuMode, PRODUCER_FORCE_SCREENSHOT: forced } = process.env;
  if (gpuMode) return {};
  return {
    browserGpuMode: "auto",
    ...(scaled || forced === "true" ? {} : { forceScreenshot: false }),
  };
}

/** For a setting of a later version than this package knows: the type of its default. */
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

function own(checks: Record<string, Check>, key: string): Check | undefined {
  return Object.hasOwn(checks, key) ? checks[key] : undefined;
}

function unknownSetting(key: string, known: string[]): NativeRenderError {
  const names = [...new Set(known)].sort();
  const meant = names.find((name) => name.toLowerCase() === key.toLowerCase());
  return new NativeRenderError(
    "HF_NATIVE_INVALID_OPTION",
    `Unknown setting "${key}" in engineConfig. ` +
      (meant ? `Did you mean ${meant}?` : `Known settings: ${names.join(", ")}.`),
  );
}
