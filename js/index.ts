/**
 * The entry `@hyperframes/producer-native`: whole renders, single frames, and what
 * `@hyperframes/producer` exports. Everything exported here is public; tests and benches
 * import the rest from its module.
 *
 * @packageDocumentation
 */
export { BlendPool, type BlendPoolOptions } from "./api/blend-pool.js";
export { createConsoleLogger, defaultLogger } from "./api/console-logger.js";
export { FrameSourceCache, type FrameSourceCacheOptions } from "./api/frame-source-cache.js";
export {
  closeFrames,
  createFrameRenderer,
  type FrameRenderer,
  type RenderedFrame,
  renderFrame,
  renderRange,
  thumbnails,
} from "./api/frames.js";
export type { RenderJobOptions } from "./api/options.js";
export { createRenderJob, executeRenderJob, wrapProducer } from "./api/producer.js";
export { RenderCancelledError, RenderQualityError } from "./api/render-errors.js";
export { type RenderResult, renderJob } from "./api/render-job.js";
export type { NativeErrorCode } from "./base/error-codes.js";
export { type NativeErrorDetails, NativeRenderError } from "./base/errors.js";
export type { PageFiles, PageNetwork } from "./base/page-limits.js";
export type * from "./base/types.js";
export type * from "./chunks/distributed-types.js";
export { type Compilation, type CompileOptions, compile } from "./compile/index.js";
export { loadCompiled, saveCompiled } from "./compile/save.js";
export * from "./exports/producer.js";
export type * from "./exports/producer-types.js";
export type { HandlerOptions, RenderHandlers } from "./exports/server-types.js";
export type {
  CompositionOptions,
  FrameOptions,
  FrameRendererOptions,
  PictureOptions,
} from "./frames/options.js";
export type { RenderHint } from "./progress/hint.js";
export {
  type ProgressLineOptions,
  type ProgressStream,
  progressLine,
} from "./progress/line.js";
export {
  type RenderTimePart,
  type RenderTimes,
  renderTimes,
  renderTimesText,
} from "./progress/times.js";
export type { RouteReason } from "./route/route.js";
export type { ServerOptions } from "./service/settings.js";
export type { ProducerServer } from "./service/start.js";
export { startServer } from "./service/start-later.js";
export { resolveUpstream } from "./upstream/resolve.js";
export type {
  CancelReason,
  Upstream,
  UpstreamFileServer,
  UpstreamFileServerOptions,
  UpstreamIdentity,
  UpstreamNamespace,
  UpstreamRenderMedia,
} from "./upstream/types.js";
export type {
  BlendPoolStats,
  CompiledComposition,
  FrameSourceCacheStats,
  MediaLists,
  ProducerIdentity,
  RenderModeHints,
  RenderModeReason,
} from "./wire/generated.js";
