import type {
  EngineConfig,
  Fps,
  Logger,
  ProgressSink,
  RenderConfig,
  RenderJob,
} from "../base/types.js";

/** The loopback file server of a producer. */
export interface PeerFileServer {
  url: string;
  port: number;
  close(): void;
}

/** What the file server of a producer is asked for. */
export interface PeerFileServerOptions {
  projectDir: string;
  compiledDir?: string;
  port?: number;
  preHeadScripts?: string[];
  fps?: Fps;
}

/** Media on the root timeline, as `collectRenderMedia` lists it. */
export interface PeerRenderMedia {
  videos: Record<string, unknown>[];
  audios: Record<string, unknown>[];
  images: Record<string, unknown>[];
}

export type ExecuteRenderJob = (
  job: RenderJob,
  projectDir: string,
  outputPath: string,
  progress?: ProgressSink,
  signal?: AbortSignal,
  assertRenderActive?: () => void,
) => Promise<void>;

/** The part of a producer's public namespace that this package calls. */
export interface PeerNamespace {
  createRenderJob(config: RenderConfig): RenderJob;
  executeRenderJob: ExecuteRenderJob;
  createFileServer(options: PeerFileServerOptions): Promise<PeerFileServer>;
  /** Environment and defaults merged; absent in the oldest versions. */
  resolveConfig?(overrides?: EngineConfig): EngineConfig;
  /** Absent before 0.8.64. */
  collectRenderMedia?(html: string): PeerRenderMedia | Promise<PeerRenderMedia>;
  resolveRenderDebugDir?(): string;
  createConsoleLogger?(level?: string): Logger;
  RenderCancelledError?: new (message?: string, reason?: string) => Error;
  RenderQualityError?: new (warnings: unknown[]) => Error;
}

/** Whose producer it is. */
export interface PeerIdentity {
  /** `hyperframes` or `@hyperframes/producer`. */
  package: string;
  version: string;
  /** Folder of its package, where known. */
  dir?: string;
}

/** A producer together with its identity. */
export interface Peer extends PeerIdentity {
  namespace: PeerNamespace;
}
