import { statSync } from "node:fs";
import { NativeRenderError } from "./errors.js";
import { parseFps } from "./fps.js";
import type { PeerIdentity, PeerNamespace } from "./peer.js";
import { localDefaults } from "./spec.js";
import type {
  EngineConfig,
  Fps,
  Logger,
  ProgressSink,
  Quality,
  RenderConfig,
  Strictness,
} from "./types.js";

/** Options of {@link renderJob}. Only `projectDir` and `outputPath` are required. */
export interface RenderJobOptions {
  /** Folder of the HyperFrames project. */
  projectDir: string;
  /** File to write; its folder is created. An existing file is replaced only by a finished one. */
  outputPath: string;
  /** Frames per second: a whole number, `{ num, den }` or `"30000/1001"`. Default 30. */
  fps?: number | string | Fps;
  /** Default `standard`. */
  quality?: Quality;
  /** Container; the native engine writes `mp4` (the default), others go to the producer's. */
  format?: "mp4" | "webm" | "mov" | "gif" | "png-sequence" | "hls";
  /** Parallel browsers, 1 to 24; default: what cores, memory and frames allow. */
  workers?: number;
  /** x264 quality, 0 (lossless) to 51; not together with `videoBitrate`. */
  crf?: number;
  /** Such as `10M`; not together with `crf`. */
  videoBitrate?: string;
  /** HTML file within the project. Default `index.html`. */
  entryFile?: string;
  /** Plain JSON, readable in the page as composition variables. */
  variables?: Record<string, unknown>;
  /** `strict` turns any warning into an error. Default `best-effort`. */
  strictness?: Strictness;
  /** Preset to scale to, such as `landscape-4k`. */
  outputResolution?: string;
  /** Turn the preset to the composition's orientation. */
  outputResolutionAspectAgnostic?: boolean;
  /** `auto` (default), `force-hdr` or `force-sdr`. */
  hdrMode?: "auto" | "force-hdr" | "force-sdr";
  /** GPU video encoder. */
  useGpu?: boolean;
  /** Image format of extracted source video frames. */
  videoFrameFormat?: "auto" | "jpg" | "png";
  /** Loops of a GIF, 0 (forever) to 65535. */
  gifLoop?: number;
  /** Seconds per HLS segment, 1 to 60. */
  hlsSegmentSeconds?: number;
  /** Keep the compiled files and log more. */
  debug?: boolean;
  /**
   * Overrides of the producer's engine configuration; its version knows the keys. Default: what
   * `hyperframes render` uses, that is the environment, an automatic choice of the browser's GPU
   * mode, and no forced screenshots.
   */
  engineConfig?: EngineConfig;
  logger?: Logger;
  /** Cancels the render within a second; nothing is left behind. */
  signal?: AbortSignal;
  /** Called in order with a snapshot of the job. */
  onProgress?: ProgressSink;
  /** The producer to compile with; default: the one installed next to the project. */
  producer?: { namespace: PeerNamespace } & PeerIdentity;
}

type Check = (value: unknown) => string | undefined;

const text: Check = (v) =>
  typeof v === "string" && v.trim() !== "" ? undefined : "a non-empty string";
const flag: Check = (v) => (typeof v === "boolean" ? undefined : "true or false");
const record: Check = (v) =>
  typeof v === "object" && v !== null && !Array.isArray(v) ? undefined : "a plain object";
const callable: Check = (v) => (typeof v === "function" ? undefined : "a function");
const oneOf =
  (...values: string[]): Check =>
  (v) =>
    values.includes(v as string) ? undefined : `one of ${values.join(", ")}`;
const whole =
  (min: number, max: number): Check =>
  (v) =>
    Number.isInteger(v) && (v as number) >= min && (v as number) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`;

const CHECKS: Record<keyof RenderJobOptions, Check> = {
  projectDir: text,
  outputPath: text,
  fps: (v) => {
    const fps = parseFps(v);
    const value = fps ? fps.num / fps.den : 0;
    if (value >= 1 && value <= 240) return undefined;
    return 'a frame rate from 1 to 240: a whole number, { num, den } or "30000/1001"';
  },
  quality: oneOf("draft", "standard", "high"),
  format: oneOf("mp4", "webm", "mov", "gif", "png-sequence", "hls"),
  workers: whole(1, 24),
  crf: whole(0, 51),
  videoBitrate: (v) =>
    typeof v === "string" && /^\d+(\.\d+)?[kmg]?$/i.test(v) ? undefined : "a bitrate such as 10M",
  entryFile: text,
  variables: (v) => record(v) ?? (isJson(v) ? undefined : "plain JSON"),
  strictness: oneOf("strict", "best-effort"),
  outputResolution: text,
  outputResolutionAspectAgnostic: flag,
  hdrMode: oneOf("auto", "force-hdr", "force-sdr"),
  useGpu: flag,
  videoFrameFormat: oneOf("auto", "jpg", "png"),
  gifLoop: whole(0, 65535),
  hlsSegmentSeconds: whole(1, 60),
  debug: flag,
  engineConfig: record,
  logger: record,
  signal: (v) => (v instanceof AbortSignal ? undefined : "an AbortSignal"),
  onProgress: callable,
  producer: (v) =>
    typeof (v as RenderJobOptions["producer"])?.namespace?.executeRenderJob === "function"
      ? undefined
      : "{ namespace, package, version } of a producer",
};

/**
 * Checks the options of `renderJob`, whatever their static type was.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the field
 */
export function checkOptions(options: unknown): asserts options is RenderJobOptions {
  if (record(options) !== undefined) {
    throw invalid("options", "a plain object", options);
  }
  const given = options as Record<string, unknown>;
  for (const [field, value] of Object.entries(given)) {
    const check = (CHECKS as Record<string, Check>)[field];
    if (!Object.hasOwn(CHECKS, field) || !check) {
      throw new NativeRenderError(
        "HF_NATIVE_INVALID_OPTION",
        `Unknown option "${field}". Known options: ${Object.keys(CHECKS).join(", ")}.`,
      );
    }
    if (value === undefined) continue;
    const expected = check(value);
    if (expected !== undefined) throw invalid(field, expected, value);
  }
  for (const field of ["projectDir", "outputPath"]) {
    if (given[field] === undefined) throw invalid(field, "given", undefined);
  }
  if (given.crf !== undefined && given.videoBitrate !== undefined) {
    throw new NativeRenderError(
      "HF_NATIVE_INVALID_OPTION",
      "crf and videoBitrate exclude each other; leave one of them out.",
    );
  }
  if (!statSync(given.projectDir as string, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NativeRenderError(
      "HF_NATIVE_INVALID_OPTION",
      `projectDir ${given.projectDir} is not a folder.`,
    );
  }
}

/** The producer's configuration for checked options; `resolveConfig` is that of its version. */
export function toRenderConfig(
  options: RenderJobOptions,
  resolveConfig: PeerNamespace["resolveConfig"],
): RenderConfig {
  const { projectDir, outputPath, fps, engineConfig, onProgress, signal, producer, ...rest } =
    options;
  const config: RenderConfig = {
    ...(Object.fromEntries(
      Object.entries(rest).filter(([, value]) => value !== undefined),
    ) as Partial<RenderConfig>),
    fps: parseFps(fps ?? 30) as Fps,
    quality: options.quality ?? "standard",
    format: options.format ?? "mp4",
  };
  if (engineConfig && resolveConfig) checkEngineConfig(engineConfig, resolveConfig({}));
  const overrides = { ...localDefaults(options.outputResolution !== undefined), ...engineConfig };
  const resolved = resolveConfig?.(overrides) ?? engineConfig;
  if (resolved) config.producerConfig = resolved;
  return config;
}

/** Settings without a default, and their types. */
const OPTIONAL_SETTINGS: Record<string, string> = {
  chromePath: "string",
  expectedChromiumMajor: "number",
  extractCacheDir: "string",
  runtimeManifestPath: "string",
};
/** Settings of more than one type. */
const UNTYPED_SETTINGS = ["concurrency", "hdr"];

/** Checks `engineConfig` against the defaults of the producer in use, which know all settings. */
function checkEngineConfig(given: EngineConfig, defaults: EngineConfig): void {
  const known = defaults as Record<string, unknown>;
  for (const [key, value] of Object.entries(given)) {
    const expected = Object.hasOwn(known, key) ? typeof known[key] : OPTIONAL_SETTINGS[key];
    if (expected === undefined) {
      const names = [...Object.keys(known), ...Object.keys(OPTIONAL_SETTINGS)];
      throw new NativeRenderError(
        "HF_NATIVE_INVALID_OPTION",
        `Unknown setting "engineConfig.${key}". Known settings: ${[...new Set(names)].join(", ")}.`,
      );
    }
    if (value === undefined || UNTYPED_SETTINGS.includes(key)) continue;
    if (typeof value !== expected) throw invalid(`engineConfig.${key}`, `a ${expected}`, value);
  }
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

function invalid(field: string, expected: string, got: unknown): NativeRenderError {
  let shown: string;
  try {
    shown = JSON.stringify(got) ?? String(got);
  } catch {
    shown = String(got);
  }
  return new NativeRenderError(
    "HF_NATIVE_INVALID_OPTION",
    `${field} must be ${expected}, got ${shown}.`,
  );
}
