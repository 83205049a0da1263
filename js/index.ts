export { BlendPool, type BlendPoolOptions, type BlendPoolStats } from "./api/blend-pool.js";
export {
  FrameSourceCache,
  type FrameSourceCacheOptions,
  type FrameSourceCacheStats,
} from "./api/frame-source-cache.js";
export type { RenderJobOptions } from "./api/options.js";
export { createRenderJob, executeRenderJob, wrapProducer } from "./api/producer.js";
export { type RenderResult, renderJob } from "./api/render-job.js";
export { type NativeErrorCode, type NativeErrorDetails, NativeRenderError } from "./base/errors.js";
export type * from "./base/types.js";
export { type Compilation, type CompileOptions, compile } from "./compile/index.js";
export { loadCompiled, saveCompiled } from "./compile/save.js";
export {
  createEngine,
  type Engine,
  type EngineParts,
  type ExecuteInput,
  type ExecutionResult,
} from "./job/engine.js";
export type { RouteReason } from "./job/route.js";
export { resolvePeer } from "./upstream/resolve.js";
export type { Peer, PeerIdentity, PeerNamespace } from "./upstream/types.js";
export { loadBinding, type NativeBinding, type NativeRender } from "./wire/binding.js";
export type { CompiledComposition, RenderModeReason } from "./wire/messages.js";
export {
  buildRenderSpec,
  type EngineSpec,
  type RenderSpec,
  type SpecInput,
} from "./wire/render-spec.js";
