/** Building what the native core is told of a render. */
import { resolve } from "node:path";
import { invalid, oneOf, whole } from "../base/checks.js";
import { defined } from "../base/defined.js";
import {
  clampsCrf,
  hasRateControl,
  isNativeFormat,
  maxCrf,
  OUTPUT_FORMATS,
  type OutputFormat,
} from "../base/formats.js";
import { parseFps } from "../base/fps.js";
import { isLimited, pageLimitsOf } from "../base/page-limits.js";
import type { HdrMode, RenderConfig, RenderJob } from "../base/types.js";
import { motionBlurSpec } from "../options/motion-blur.js";
import { engineConfigOf, type Settings } from "../upstream/engine-config.js";
import type { UpstreamNamespace } from "../upstream/types.js";
import { engineSpec } from "./engine-spec.js";
import type { CompiledComposition, EncodeSpec, RenderSpec, TransitionStyle } from "./generated.js";
import { resumeSpec } from "./resume-spec.js";

/** What a {@link RenderSpec} is built from. */
export interface SpecInput {
  job: RenderJob;
  composition: CompiledComposition;
  deviceScaleFactor: number;
  audioEffects?: string | undefined;
  outputPath: string;
  namespace: UpstreamNamespace;
  /** Version of the upstream that drives; written into the file's metadata. */
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
    throw invalid("format", `one of ${OUTPUT_FORMATS.join(", ")}`, format);
  }
  const { workers, variables } = config;
  if (workers !== undefined) assertField("workers", whole(1)(workers), workers);
  const engineConfig = engineConfigOf(config, input.namespace);
  const limits = pageLimitsOf(config, input.env);
  return {
    jobId: input.job.id,
    composition: input.composition,
    output: { path: resolve(input.outputPath), format },
    fps,
    encode: { ...encodeSettings(format, config), rendererVersion: input.rendererVersion },
    deviceScaleFactor: input.deviceScaleFactor,
    ...defined({
      workers,
      variables,
      audioEffects: input.audioEffects,
      transitions: transitionStyle(input.composition, engineConfig),
      hdrMode: hdrMode(config),
      motionBlur: motionBlurSpec(config),
      resume: resumeSpec(config, input.env),
    }),
    ...(isLimited(limits) ? { pageLimits: limits } : {}),
    engine: engineSpec(engineConfig, input.env),
  };
}

/** Whether two specifications make the same file in the same place. */
export function isSameRender(one: RenderSpec, other: RenderSpec): boolean {
  return JSON.stringify({ ...one, jobId: "" }) === JSON.stringify({ ...other, jobId: "" });
}

/**
 * The preview's look, unless the user turned page-side compositing off. Where upstream turned it
 * off by itself, it did so for a capture mode that the native engine does not have.
 */
function transitionStyle(
  { hints }: CompiledComposition,
  engineConfig: Settings,
): TransitionStyle | undefined {
  if (!hints.shaderTransitions) return undefined;
  const off = engineConfig.enablePageSideCompositing === false;
  return off && engineConfig.pageSideCompositingAutoDisabled !== true ? "engine" : "preview";
}

/** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` */
function hdrMode({ hdrMode: mode }: RenderConfig): HdrMode | undefined {
  if (mode === undefined) return undefined;
  assertField("hdrMode", oneOf("auto", "force-hdr", "force-sdr")(mode), mode);
  return mode;
}

/** The settings that the format's encoder takes; the rest is dropped, as upstream does. */
function encodeSettings(
  format: OutputFormat,
  config: RenderConfig,
): Omit<EncodeSpec, "rendererVersion"> {
  const quality = config.quality ?? "standard";
  assertField("quality", oneOf("draft", "standard", "high")(quality), quality);
  const gifLoop = format === "gif" ? (config.gifLoop ?? 0) : undefined;
  if (gifLoop !== undefined) assertField("gifLoop", whole(0, 65_535)(gifLoop), gifLoop);
  const hlsSegmentSeconds = format === "hls" ? (config.hlsSegmentSeconds ?? undefined) : undefined;
  return {
    quality,
    ...rateControl(format, config),
    ...defined({ gifLoop, hlsSegmentSeconds, useGpu: config.useGpu === true ? true : undefined }),
  };
}

function rateControl(
  format: OutputFormat,
  { crf, videoBitrate }: RenderConfig,
): Pick<EncodeSpec, "crf" | "videoBitrate"> {
  if (!hasRateControl(format)) return {};
  // With both, crf wins.
  if (crf === undefined || crf === null)
    return defined({ videoBitrate: videoBitrate || undefined });
  const max = maxCrf(format);
  const used = clampsCrf(format) && crf > max ? max : crf;
  const fits = Number.isFinite(used) && used >= 0 && used <= max;
  assertField("crf", fits ? undefined : `a number from 0 to ${max}`, crf);
  return { crf: used };
}

function assertField(field: string, expected: string | undefined, got: unknown): void {
  if (expected !== undefined) throw invalid(field, expected, got);
}
