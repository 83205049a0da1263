/** Types of the parts of upstream's HTTP server. */
import type { Fps, Logger, Quality, Strictness, VideoFrameFormat } from "../base/types.js";

/** Options of the routes. */
export interface HandlerOptions {
  logger?: Logger;
  /** Default: the header `x-request-id`, else a random one. */
  getRequestId?: (context: never) => string;
  /** Where results are written; default `PRODUCER_RENDERS_DIR`, else the folder for temporary files. */
  rendersDir?: string;
  /** Default `/outputs`. */
  outputUrlPrefix?: string;
  /** How long a result can be downloaded, in ms; default 15 minutes. */
  artifactTtlMs?: number;
  /** Default 2; more requests wait. */
  maxConcurrentRenders?: number;
}

/** One handler for each route. */
export interface RenderHandlers {
  /** `POST /render`: answers when the render has ended. */
  render: (context: never) => Promise<Response>;
  /** `POST /render/stream`: answers with progress as server-sent events. */
  renderStream: (context: never) => Response | Promise<Response>;
  /** `POST /lint`. */
  lint: (context: never) => Promise<Response>;
  /** `GET /health`. */
  health: (context: never) => Response;
  /** `GET /outputs/:token`: a result. */
  outputs: (context: never) => Response;
  /** `GET /render/queue`: how many renders run and wait. */
  queue: (context: never) => Response;
}

/** An application of Hono. */
export interface ProducerApp {
  /** Answers a request. */
  fetch: (request: Request, ...more: never[]) => Response | Promise<Response>;
  /** Answers a request for a path, for tests. */
  request: (path: string, init?: RequestInit) => Response | Promise<Response>;
}

/** Options of a render, as a request gives them. */
export interface RenderOptionsInput {
  outputPath?: string | null;
  fps: Fps;
  quality: Quality;
  format?: "mp4" | "webm" | "mov";
  videoFrameFormat?: VideoFrameFormat;
  outputDynamicRange?: "auto" | "hdr" | "sdr";
  workers?: number;
  useGpu: boolean;
  debug: boolean;
  strictness?: Strictness;
  entryFile?: string;
  variables?: Record<string, unknown>;
  outputResolution?: string;
  outputResolutionAspectAgnostic?: boolean;
}

/** A render that can start, or why it cannot. */
export type PrepareRenderResult =
  | {
      prepared: {
        input: RenderOptionsInput & { projectDir: string };
        /** A temporary project, to be removed after the render. */
        cleanupProjectDir?: string;
      };
    }
  | { error: string };

/** What clients may see of an error. */
export interface SafeRenderErrorMetadata {
  errorCode: string;
  errorOwner?: "system" | "user";
  retryable?: boolean;
  errorMetadata?: Readonly<Record<string, unknown>>;
}
