/**
 * What `@hyperframes/producer` exports beside the functions and classes that this package has of its
 * own: upstream's, loaded when they are first used.
 */
import type {
  EngineConfig,
  Logger,
  RenderConfig,
  RenderJob,
  RenderWarning,
} from "../base/types.js";
import type { DistributedRenderConfig, ErrorClass } from "../chunks/distributed-types.js";
import {
  asyncFunction,
  handedOnClass,
  handedOnObject,
  type Source,
  syncFunction,
} from "../upstream/hand-on.js";
import type { UpstreamRenderMedia } from "../upstream/types.js";
import type {
  BeforeCaptureHook,
  CaptureBufferResult,
  CaptureOptions,
  CapturePerfSummary,
  CaptureResult,
  CaptureSession,
  CreateRenderRequestInput,
  FileServerHandle,
  FileServerOptions,
  FontError,
  FontFetchErrorCode,
  HyperframeLintResult,
  InjectDeterministicFontFacesOptions,
  LocalizedHtml,
  PreparedHyperframeLintInput,
  RenderPaths,
  RenderRequest,
} from "./producer-types.js";

export {
  assemble,
  assembleV2,
  CURRENT_PLAN_PROTOCOL,
  createPlanV2FromExecutionPlan,
  createPlanV2FromV1,
  DISTRIBUTED_RENDER_CAPABILITIES,
  getDistributedRenderCapabilities,
  getPlanV2ExecutionPlanHash,
  listPlanV2ArtifactsForTarget,
  materializePlanV2Target,
  PLAN_ARTIFACT_LAYOUT,
  PLAN_HASH_SCHEMA,
  PLAN_PROTOCOL_UNSUPPORTED,
  PLAN_PROTOCOL_V1,
  PLAN_PROTOCOL_V2,
  PLAN_SCHEMA_VERSION,
  PLAN_V2_ARTIFACT_LAYOUT,
  PLAN_V2_HASH_SCHEMA,
  PLAN_V2_INTEGRITY_UNRECOVERABLE,
  PLAN_V2_MATERIALIZATION_MARKER,
  PLAN_V2_SCHEMA_VERSION,
  PlanProtocolUnsupportedError,
  PlanV2IntegrityError,
  plan,
  planV2,
  planV2WithPublisher,
  publishPlanV2FromExecutionPlan,
  publishPlanV2FromV1,
  readPlanProtocol,
  readPlanProtocolV1,
  readPlanV2Manifest,
  renderChunk,
  renderChunkV2,
  validatePlanV2MaterializedTarget,
} from "./distributed.js";
export { createProducerApp, createRenderHandlers } from "./server.js";

const FROM: Source = { subpaths: ["."] };

/** The version of a {@link RenderRequest}. */
export const RENDER_REQUEST_VERSION = 1;
/** The name of the folder of a render's own files. */
export const RENDER_JOB_DIR = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Codes of errors about fonts. */
export const FONT_FETCH_FAILED = "FONT_FETCH_FAILED";
export const FONT_FETCH_UNAVAILABLE = "FONT_FETCH_UNAVAILABLE";

// Configuration. Upstream's versions know different settings, and each refuses those of the others.
export const DEFAULT_CONFIG = handedOnObject<EngineConfig>("DEFAULT_CONFIG", FROM);
export const resolveConfig = syncFunction<(overrides?: EngineConfig) => EngineConfig>(
  "resolveConfig",
  FROM,
);
export const createRenderRequest = syncFunction<(input: CreateRenderRequestInput) => RenderRequest>(
  "createRenderRequest",
  FROM,
);
export const parseRenderRequest = syncFunction<(serialized: unknown) => RenderRequest>(
  "parseRenderRequest",
  FROM,
);
export const serializeRenderRequest = syncFunction<(request: RenderRequest) => string>(
  "serializeRenderRequest",
  FROM,
);
export const renderConfigFromRequest = syncFunction<
  (request: RenderRequest, runtime?: { logger?: Logger }) => RenderConfig
>("renderConfigFromRequest", FROM);
export const distributedConfigFromRequest = syncFunction<
  (
    request: RenderRequest,
    runtime?: { logger?: Logger; abortSignal?: AbortSignal },
  ) => DistributedRenderConfig
>("distributedConfigFromRequest", FROM);
export const renderRequestFromDistributedConfig = syncFunction<
  (input: {
    projectDir: string;
    outputPath: string;
    config: DistributedRenderConfig;
  }) => RenderRequest
>("renderRequestFromDistributedConfig", FROM);

// Jobs and their folders.
export const applyRenderWarningPolicy = syncFunction<
  (job: RenderJob, warnings: readonly RenderWarning[], logger?: Logger) => void
>("applyRenderWarningPolicy", FROM);
export const resolveRenderPaths = syncFunction<
  (projectDir: string, outputPath: string | null | undefined, rendersDir?: string) => RenderPaths
>("resolveRenderPaths", FROM);
export const resolveRenderDebugDir = syncFunction<() => string>("resolveRenderDebugDir", FROM);
/** Makes a folder for a render and notes which process owns it. */
export const createOwnedRenderDir = syncFunction<(dir: string) => unknown>(
  "createOwnedRenderDir",
  FROM,
);
/** Folders of renders whose process has ended. */
export const listAbandonedRenderDirs = syncFunction<(dir: string) => unknown[]>(
  "listAbandonedRenderDirs",
  FROM,
);
export const normalizeErrorMessage = syncFunction<(error: unknown) => string>(
  "normalizeErrorMessage",
  FROM,
);

// Documents.
export const createFileServer = asyncFunction<
  (options: FileServerOptions) => Promise<FileServerHandle>
>("createFileServer", FROM);
export const collectRenderMedia = syncFunction<(html: string) => UpstreamRenderMedia>(
  "collectRenderMedia",
  FROM,
);
type Localize = (html: string, downloadDir: string) => Promise<LocalizedHtml>;
export const localizeRemoteMediaSources = asyncFunction<Localize>(
  "localizeRemoteMediaSources",
  FROM,
);
export const localizeRemoteImageSources = asyncFunction<Localize>(
  "localizeRemoteImageSources",
  FROM,
);
export const localizeRemoteFontFaces = asyncFunction<Localize>("localizeRemoteFontFaces", FROM);
export const injectDeterministicFontFaces = asyncFunction<
  (html: string, options?: InjectDeterministicFontFacesOptions) => Promise<string>
>("injectDeterministicFontFaces", FROM);
export const FontFetchError = handedOnClass<
  ErrorClass<
    FontError,
    [familyName: string, url: string, message: string, cause?: unknown, code?: FontFetchErrorCode]
  >
>("FontFetchError", FROM);
export const FontFetchUnavailableError = handedOnClass<
  ErrorClass<FontError, [familyName: string, url: string, message: string, cause?: unknown]>
>("FontFetchUnavailableError", FROM);
export const prepareHyperframeLintBody = syncFunction<
  (body: Record<string, unknown>) => { prepared: PreparedHyperframeLintInput } | { error: string }
>("prepareHyperframeLintBody", FROM);
export const runHyperframeLint = asyncFunction<
  (prepared: PreparedHyperframeLintInput) => Promise<HyperframeLintResult>
>("runHyperframeLint", FROM);

// Upstream's own capture, frame by frame.
export const createCaptureSession = asyncFunction<
  (
    serverUrl: string,
    outputDir: string,
    options: CaptureOptions,
    onBeforeCapture?: BeforeCaptureHook | null,
    config?: EngineConfig,
  ) => Promise<CaptureSession>
>("createCaptureSession", FROM);
export const initializeSession = asyncFunction<(session: CaptureSession) => Promise<void>>(
  "initializeSession",
  FROM,
);
export const prepareCaptureSessionForReuse = syncFunction<
  (session: CaptureSession, outputDir: string, onBeforeCapture: BeforeCaptureHook | null) => void
>("prepareCaptureSessionForReuse", FROM);
export const captureFrame = asyncFunction<
  (session: CaptureSession, frameIndex: number, time: number) => Promise<CaptureResult>
>("captureFrame", FROM);
export const captureFrameToBuffer = asyncFunction<
  (session: CaptureSession, frameIndex: number, time: number) => Promise<CaptureBufferResult>
>("captureFrameToBuffer", FROM);
export const getCompositionDuration = asyncFunction<(session: CaptureSession) => Promise<number>>(
  "getCompositionDuration",
  FROM,
);
export const getCapturePerfSummary = syncFunction<(session: CaptureSession) => CapturePerfSummary>(
  "getCapturePerfSummary",
  FROM,
);
export const closeCaptureSession = asyncFunction<(session: CaptureSession) => Promise<void>>(
  "closeCaptureSession",
  FROM,
);
export const createVideoFrameInjector = syncFunction<
  (lookup: object | null, config?: EngineConfig) => BeforeCaptureHook | null
>("createVideoFrameInjector", FROM);
export const isTransientBrowserError = syncFunction<(error: unknown) => boolean>(
  "isTransientBrowserError",
  FROM,
);
export const quantizeTimeToFrame = syncFunction<(time: number, fps: number) => number>(
  "quantizeTimeToFrame",
  FROM,
);
