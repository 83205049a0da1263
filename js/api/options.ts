/** The options of `renderJob`: their types, their checks, and the configuration they become. */
import { statSync } from "node:fs";
import { type Check, callable, flag, invalid, oneOf, record, text, whole } from "../base/checks.js";
import { defined } from "../base/defined.js";
import { NativeRenderError } from "../base/errors.js";
import { maxCrf, OUTPUT_FORMATS } from "../base/formats.js";
import { parseFps } from "../base/fps.js";
import {
  PAGE_FILES,
  PAGE_NETWORKS,
  type PageFiles,
  type PageNetwork,
} from "../base/page-limits.js";
import type {
  EngineConfig,
  Fps,
  HdrMode,
  Logger,
  MotionBlur,
  OutputFormat,
  ProgressSink,
  Quality,
  RenderConfig,
  Strictness,
  VideoFrameFormat,
} from "../base/types.js";
import { checkEngineConfig, localDefaults } from "../upstream/engine-config.js";
import type { Upstream, UpstreamNamespace } from "../upstream/types.js";

/** Options of {@link renderJob}. Only `projectDir` and `outputPath` are required. */
export interface RenderJobOptions {
  /** Folder of the HyperFrames project. */
  projectDir: string;
  /**
   * File to write or, for `png-sequence` and `hls`, folder. Its parent folder is created. A finished
   * render replaces what is there, a folder with all its files.
   */
  outputPath: string;
  /** Frames per second: a whole number, `{ num, den }` or `"30000/1001"`. Default 30. */
  fps?: number | string | Fps;
  /** Default `standard`. */
  quality?: Quality;
  /** Default `mp4`. */
  format?: OutputFormat;
  /** Parallel browsers, 1 to 24. Default: by cores, memory and number of frames. */
  workers?: number;
  /** Quality of mp4 and hls (0 to 51) and webm (0 to 63), lower is better; excludes `videoBitrate`. */
  crf?: number;
  /** Bit rate of mp4, hls and webm, such as `10M`; excludes `crf`. */
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
  hdrMode?: HdrMode;
  /** Encode mp4 on a GPU, where ffmpeg has an encoder that works; refused with hls. */
  useGpu?: boolean;
  /** Blurs what moves: each frame is the average of several pictures around its time. SDR only. */
  motionBlur?: MotionBlur;
  /** Without effect: source frames are never written as images. Other values are named. */
  videoFrameFormat?: VideoFrameFormat;
  /** How often a GIF plays, 1 to 65535; 0, the default, for ever. */
  gifLoop?: number;
  /** Seconds per HLS segment, 1 to 60; default 4. Every segment begins with a key frame. */
  hlsSegmentSeconds?: number;
  /**
   * Keep whole parts of an mp4 or mov whose render ends early, and go on from them when the same thing is
   * rendered to the same folder. Default: in renders of 30 s and more; `true`: in all.
   */
  resume?: boolean;
  /**
   * What pages and the compile stage reach on the network: `all` that the machine reaches (default, or
   * `HF_NATIVE_PAGE_NETWORK`), the `public` internet, `none`.
   */
  pageNetwork?: PageNetwork;
  /**
   * Files a composition may use: `all` that it names, also outside of its project (default, or
   * `HF_NATIVE_PAGE_FILES`), or those of its `project` alone.
   */
  pageFiles?: PageFiles;
  /** Keep the compiled files and log more. */
  debug?: boolean;
  /**
   * Overrides of upstream's engine configuration; the settings are those of its version. Default:
   * what `hyperframes render` uses, that is the environment, an automatic choice of the browser's
   * GPU mode, and no forced screenshots.
   */
  engineConfig?: EngineConfig;
  logger?: Logger;
  /** Cancels the render within a second; nothing is left behind. */
  signal?: AbortSignal;
  /** Called in order with a snapshot of the job. */
  onProgress?: ProgressSink;
  /** The upstream to compile with; default: the one installed next to the project. */
  producer?: Upstream;
}

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
  format: oneOf(...OUTPUT_FORMATS),
  workers: whole(1, 24),
  crf: whole(0),
  videoBitrate: (v) =>
    typeof v === "string" && /^\d+(\.\d+)?[kmg]?$/i.test(v) ? undefined : "a bitrate such as 10M",
  entryFile: text,
  variables: (v) => record(v) ?? (isJson(v) ? undefined : "plain JSON"),
  strictness: oneOf("strict", "best-effort"),
  outputResolution: text,
  outputResolutionAspectAgnostic: flag,
  hdrMode: oneOf("auto", "force-hdr", "force-sdr"),
  useGpu: flag,
  motionBlur: record,
  videoFrameFormat: oneOf("auto", "jpg", "png"),
  gifLoop: whole(0, 65535),
  hlsSegmentSeconds: whole(1, 60),
  resume: flag,
  pageNetwork: oneOf(...PAGE_NETWORKS),
  pageFiles: oneOf(...PAGE_FILES),
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
 * Checks the options of `renderJob`, for callers without static types.
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
  const crfExpected =
    given.crf === undefined ? undefined : whole(0, maxCrf(given.format as string))(given.crf);
  if (crfExpected !== undefined) throw invalid("crf", crfExpected, given.crf);
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

/** The job's configuration for checked options; `resolveConfig` is upstream's. */
export function toRenderConfig(
  options: RenderJobOptions,
  resolveConfig: UpstreamNamespace["resolveConfig"],
): RenderConfig {
  const { projectDir, outputPath, fps, engineConfig, onProgress, signal, producer, ...rest } =
    options;
  const config: RenderConfig = {
    ...defined(rest),
    fps: parseFps(fps ?? 30) as Fps,
    quality: options.quality ?? "standard",
    format: options.format ?? "mp4",
  };
  if (engineConfig && resolveConfig) checkEngineConfig(engineConfig, resolveConfig({}));
  const overrides = {
    ...localDefaults(options.outputResolution !== undefined),
    ...defined(engineConfig ?? {}),
  };
  const resolved = resolveConfig?.(overrides) ?? engineConfig;
  if (resolved) config.producerConfig = resolved;
  return config;
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
