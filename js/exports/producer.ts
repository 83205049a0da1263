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
/** Code of an error: the font's host could not be reached. */
export const FONT_FETCH_UNAVAILABLE = "FONT_FETCH_UNAVAILABLE";

// Configuration. Upstream's versions know different settings, and each refuses those of the others.
/** The defaults of the engine configuration of the installed version. */
export const DEFAULT_CONFIG = handedOnObject<EngineConfig>("DEFAULT_CONFIG", FROM);
/** The engine configuration: defaults, environment and `overrides`, the later over the earlier. */
export const resolveConfig = syncFunction<(overrides?: EngineConfig) => EngineConfig>(
  "resolveConfig",
  FROM,
);
/** A render as data. */
export const createRenderRequest = syncFunction<(input: CreateRenderRequestInput) => RenderRequest>(
  "createRenderRequest",
  FROM,
);
/** Reads what {@link serializeRenderRequest} wrote, and checks it. */
export const parseRenderRequest = syncFunction<(serialized: unknown) => RenderRequest>(
  "parseRenderRequest",
  FROM,
);
/** A request as JSON. */
export const serializeRenderRequest = syncFunction<(request: RenderRequest) => string>(
  "serializeRenderRequest",
  FROM,
);
/** The configuration of a job from a request. */
export const renderConfigFromRequest = syncFunction<
  (request: RenderRequest, runtime?: { logger?: Logger }) => RenderConfig
>("renderConfigFromRequest", FROM);
/** The configuration of a render in chunks from a request. */
export const distributedConfigFromRequest = syncFunction<
  (
    request: RenderRequest,
    runtime?: { logger?: Logger; abortSignal?: AbortSignal },
  ) => DistributedRenderConfig
>("distributedConfigFromRequest", FROM);
/** A request from the configuration of a render in chunks. */
export const renderRequestFromDistributedConfig = syncFunction<
  (input: {
    projectDir: string;
    outputPath: string;
    config: DistributedRenderConfig;
  }) => RenderRequest
>("renderRequestFromDistributedConfig", FROM);

// Jobs and their folders.
/** Adds warnings to a job. Throws the quality error where its strictness forbids them. */
export const applyRenderWarningPolicy = syncFunction<
  (job: RenderJob, warnings: readonly RenderWarning[], logger?: Logger) => void
>("applyRenderWarningPolicy", FROM);
/**
 * Absolute paths of a project and its output; without `outputPath` the output gets a name in
 * `rendersDir`.
 */
export const resolveRenderPaths = syncFunction<
  (projectDir: string, outputPath: string | null | undefined, rendersDir?: string) => RenderPaths
>("resolveRenderPaths", FROM);
/** The folder that holds what renders leave for finding faults. */
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
/** A message of anything that was thrown. */
export const normalizeErrorMessage = syncFunction<(error: unknown) => string>(
  "normalizeErrorMessage",
  FROM,
);

// Documents.
/** Starts upstream's file server for a project on loopback. */
export const createFileServer = asyncFunction<
  (options: FileServerOptions) => Promise<FileServerHandle>
>("createFileServer", FROM);
/** The timed media on the root timeline of a compiled page. */
export const collectRenderMedia = syncFunction<(html: string) => UpstreamRenderMedia>(
  "collectRenderMedia",
  FROM,
);
type Localize = (html: string, downloadDir: string) => Promise<LocalizedHtml>;
/**
 * Downloads the films and sounds that a page names on other hosts, and names the copies in their
 * place.
 */
export const localizeRemoteMediaSources = asyncFunction<Localize>(
  "localizeRemoteMediaSources",
  FROM,
);
/** As {@link localizeRemoteMediaSources}, for images. */
export const localizeRemoteImageSources = asyncFunction<Localize>(
  "localizeRemoteImageSources",
  FROM,
);
/** As {@link localizeRemoteMediaSources}, for fonts. */
export const localizeRemoteFontFaces = asyncFunction<Localize>("localizeRemoteFontFaces", FROM);
/** Puts the fonts that a page uses into it, so that it does not depend on those of the machine. */
export const injectDeterministicFontFaces = asyncFunction<
  (html: string, options?: InjectDeterministicFontFacesOptions) => Promise<string>
>("injectDeterministicFontFaces", FROM);
/** A font could not be fetched. */
export const FontFetchError = handedOnClass<
  ErrorClass<
    FontError,
    [familyName: string, url: string, message: string, cause?: unknown, code?: FontFetchErrorCode]
  >
>("FontFetchError", FROM);
/** The host of a font could not be reached; a later try may succeed. */
export const FontFetchUnavailableError = handedOnClass<
  ErrorClass<FontError, [familyName: string, url: string, message: string, cause?: unknown]>
>("FontFetchUnavailableError", FROM);
/** What is to be linted, of the body of a request, or why it cannot be. */
export const prepareHyperframeLintBody = syncFunction<
  (body: Record<string, unknown>) => { prepared: PreparedHyperframeLintInput } | { error: string }
>("prepareHyperframeLintBody", FROM);
/** Lints a page. */
export const runHyperframeLint = asyncFunction<
  (prepared: PreparedHyperframeLintInput) => Promise<HyperframeLintResult>
>("runHyperframeLint", FROM);

// Upstream's own capture, frame by frame.
/** Starts a browser of upstream's for the page that `serverUrl` serves. */
export const createCaptureSession = asyncFunction<
  (
    serverUrl: string,
    outputDir: string,
    options: CaptureOptions,
    onBeforeCapture?: BeforeCaptureHook | null,
    config?: EngineConfig,
  ) => Promise<CaptureSession>
>("createCaptureSession", FROM);
/** Loads the page and waits until it is ready. */
export const initializeSession = asyncFunction<(session: CaptureSession) => Promise<void>>(
  "initializeSession",
  FROM,
);
/** Makes a session ready for another pass over its page. */
export const prepareCaptureSessionForReuse = syncFunction<
  (session: CaptureSession, outputDir: string, onBeforeCapture: BeforeCaptureHook | null) => void
>("prepareCaptureSessionForReuse", FROM);
/** Brings the page to `time`, in seconds, and writes its picture to a file. */
export const captureFrame = asyncFunction<
  (session: CaptureSession, frameIndex: number, time: number) => Promise<CaptureResult>
>("captureFrame", FROM);
/** As {@link captureFrame}, with the picture in memory. */
export const captureFrameToBuffer = asyncFunction<
  (session: CaptureSession, frameIndex: number, time: number) => Promise<CaptureBufferResult>
>("captureFrameToBuffer", FROM);
/** Seconds of the page's composition. */
export const getCompositionDuration = asyncFunction<(session: CaptureSession) => Promise<number>>(
  "getCompositionDuration",
  FROM,
);
/** How long frames of a session took. */
export const getCapturePerfSummary = syncFunction<(session: CaptureSession) => CapturePerfSummary>(
  "getCapturePerfSummary",
  FROM,
);
/** Ends the browser of a session. */
export const closeCaptureSession = asyncFunction<(session: CaptureSession) => Promise<void>>(
  "closeCaptureSession",
  FROM,
);
/** A hook that puts source frames into the page before a capture; null without a `lookup`. */
export const createVideoFrameInjector = syncFunction<
  (lookup: object | null, config?: EngineConfig) => BeforeCaptureHook | null
>("createVideoFrameInjector", FROM);
/** Whether the same may succeed with a fresh browser. */
export const isTransientBrowserError = syncFunction<(error: unknown) => boolean>(
  "isTransientBrowserError",
  FROM,
);
/** The time of the frame that is shown at `time`, both in seconds. */
export const quantizeTimeToFrame = syncFunction<(time: number, fps: number) => number>(
  "quantizeTimeToFrame",
  FROM,
);
