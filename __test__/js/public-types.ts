/**
 * The public types as a caller uses them. Compiled by `public-api.test.mjs`, never run.
 */
import {
  createRenderJob,
  createRenderRequest,
  FontFetchError,
  type NativeErrorCode,
  NativeRenderError,
  type ProgressStream,
  plan,
  progressLine,
  RenderCancelledError,
  type RenderConfig,
  type RenderJob,
  type RenderJobOptions,
  type RenderRequest,
  type RenderTimes,
  renderJob,
  renderTimes,
  renderTimesText,
  type UpstreamNamespace,
  wrapProducer,
} from "@hyperframes/producer-native";
import {
  type DistributedRenderConfig,
  hashProjectDir,
  PlanTooLargeError,
} from "@hyperframes/producer-native/distributed";
import { startServer } from "@hyperframes/producer-native/server";
import { createStartRender } from "@hyperframes/producer-native/studio";

/** An interface, as upstream's own engine configuration is: it has no index signature. */
interface TheirConfig {
  protocolTimeout: number;
}

export function render(engineConfig: TheirConfig, options: RenderJobOptions) {
  return renderJob({ ...options, engineConfig, format: "png-sequence" });
}

export function wrap(namespace: UpstreamNamespace & { other: 1 }): 1 {
  return wrapProducer(namespace, { package: "@hyperframes/producer", version: "1.2.3" }).other;
}

export function retryable(error: unknown): boolean {
  if (!(error instanceof NativeRenderError)) return false;
  const code: NativeErrorCode = error.code;
  return code === "HF_NATIVE_BROWSER_CRASHED" || error.retryable;
}

const job: RenderJob = createRenderJob({ fps: 30, quality: "high", hlsSegmentSeconds: 4 });
const config: RenderConfig = job.config;
export const rate = config.fps.num / config.fps.den;
export const lowered: number | undefined = job.audioLoweredDb;
export const startRender = createStartRender({});

export const request: RenderRequest = createRenderRequest({
  projectDir: "/p",
  outputPath: "/o.mp4",
  options: { fps: { num: 30, den: 1 }, quality: "draft", format: "mp4" },
});
export async function inChunks(config: DistributedRenderConfig): Promise<string> {
  return (await plan("/p", config, "/plan")).planHash + hashProjectDir("/p");
}
export function shown(options: RenderJobOptions, stream: ProgressStream) {
  return renderJob({ ...options, onProgress: progressLine(stream, { json: true }) });
}
export async function told(options: RenderJobOptions): Promise<string | undefined> {
  const { perfSummary } = await renderJob({ ...options, onProgress: progressLine(process.stderr) });
  const times: RenderTimes | undefined = perfSummary && renderTimes(perfSummary);
  return times?.hint?.code ?? (times && renderTimesText(times));
}
export const listening: boolean = startServer({ port: 9847 }).listening;
export function cause(error: unknown): string {
  if (error instanceof RenderCancelledError) return error.reason;
  if (error instanceof FontFetchError) return error.familyName;
  return error instanceof PlanTooLargeError ? `${error.limitBytes}` : "";
}

// @ts-expect-error a job has no other fields
export const unknownField = job.nope;
// @ts-expect-error a configuration has no other fields
createRenderJob({ fps: 30, quality: "high", framerate: 30 });
// @ts-expect-error not one of the codes
export const unknownCode: NativeErrorCode = "HF_NATIVE_NOPE";
