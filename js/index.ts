export { loadBinding, type NativeBinding, type NativeRender } from "./binding.js";
export { BlendPool, type BlendPoolOptions, type BlendPoolStats } from "./blend-pool.js";
export type { CompiledComposition, RenderModeReason } from "./compile/composition.js";
export { type Compilation, type CompileOptions, compile } from "./compile/index.js";
export { resolvePeer } from "./compile/resolve-peer.js";
export { loadCompiled, saveCompiled } from "./compile/save.js";
export {
  createEngine,
  type Engine,
  type EngineParts,
  type ExecuteInput,
  type ExecutionResult,
} from "./engine.js";
export { type NativeErrorCode, type NativeErrorDetails, NativeRenderError } from "./errors.js";
export {
  FrameSourceCache,
  type FrameSourceCacheOptions,
  type FrameSourceCacheStats,
} from "./frame-source-cache.js";
export type { RenderJobOptions } from "./options.js";
export type { Peer, PeerIdentity, PeerNamespace } from "./peer.js";
export { createRenderJob, executeRenderJob, wrapProducer } from "./producer.js";
export { type RenderResult, renderJob } from "./render.js";
export type { RouteReason } from "./route.js";
export { buildRenderSpec, type EngineSpec, type RenderSpec, type SpecInput } from "./spec.js";
export type * from "./types.js";
