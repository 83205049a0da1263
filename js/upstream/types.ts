/**
 * What this package calls of upstream, that is HyperFrames' own packages. A release of upstream is
 * an npm package with the namespace that `@hyperframes/producer` exports.
 */
import type {
  EngineConfig,
  Fps,
  Logger,
  ProgressSink,
  RenderConfigInput,
  RenderJob,
} from "../base/types.js";

/** Upstream's file server on loopback. */
export interface UpstreamFileServer {
  url: string;
  port: number;
  /** Ends the server. */
  close(): void;
}

/** Options of {@link UpstreamNamespace.createFileServer}. */
export interface UpstreamFileServerOptions {
  projectDir: string;
  compiledDir?: string;
  /** 0 takes any free port. */
  port?: number;
  /** Put at the start of each page's head. */
  preHeadScripts?: string[];
  fps?: Fps;
}

/** Media on the root timeline, as `collectRenderMedia` lists it. */
export interface UpstreamRenderMedia {
  videos: object[];
  audios: object[];
  images: object[];
}

/** Why a render was cancelled, in upstream's words. */
export type CancelReason = "user_cancelled" | "timeout" | "aborted";

/** The part of upstream's producer namespace that this package calls. */
export interface UpstreamNamespace {
  /** A job that has not started. */
  createRenderJob(config: RenderConfigInput): RenderJob;
  /** Runs a job; rejects if it fails. */
  executeRenderJob(
    job: RenderJob,
    projectDir: string,
    outputPath: string,
    progress?: ProgressSink,
    signal?: AbortSignal,
    assertRenderActive?: () => void,
  ): Promise<void>;
  /** Starts the file server of a project. */
  createFileServer(options: UpstreamFileServerOptions): Promise<UpstreamFileServer>;
  /** Environment and defaults merged; absent in the oldest versions. */
  resolveConfig?(overrides?: EngineConfig): EngineConfig;
  /** Absent before 0.8.64. */
  collectRenderMedia?(html: string): UpstreamRenderMedia | Promise<UpstreamRenderMedia>;
  /** Downloads what media tags name on other hosts; their paths are relative to `dir` then. */
  localizeRemoteMediaSources?(html: string, dir: string): Promise<{ html: string }>;
  /** The folder for what renders leave for finding faults. */
  resolveRenderDebugDir?(): string;
  /** A logger that writes to the console from that level on. */
  createConsoleLogger?(level?: "error" | "warn" | "info" | "debug"): Logger;
  RenderCancelledError?: new (message?: string, reason?: CancelReason) => Error;
  /** Takes an array of warnings, whose type differs between versions. */
  RenderQualityError?: new (
    ...args: never
  ) => Error;
}

/** The package and version of a release of upstream. */
export interface UpstreamIdentity {
  /** `hyperframes` or `@hyperframes/producer`. */
  package: string;
  version: string;
  /** Folder of the package, where known. */
  dir?: string;
}

/** A release of upstream that is loaded. */
export interface Upstream extends UpstreamIdentity {
  namespace: UpstreamNamespace;
}
