/** The `startRender` of an adapter for `@hyperframes/studio-server`, on the native engine. */
import { rmSync, writeFileSync } from "node:fs";
import { defined } from "../base/defined.js";
import { messageOf } from "../base/errors.js";
import type { Fps, HdrMode, Quality, RenderConfig, VideoFrameFormat } from "../base/types.js";
import { defaultEngine, type Engine } from "../job/engine.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import type { Upstream } from "../upstream/types.js";
import { createRenderJob } from "./producer.js";

/** What Studio's server passes when the user presses Export. */
export interface StudioRenderOptions {
  project: { id: string; dir: string; title?: string };
  /** Absolute path that ends in `.mp4`, `.webm` or `.mov`. */
  outputPath: string;
  format: "mp4" | "webm" | "mov";
  fps: Fps;
  /** `draft`, `standard` or `high`; checked when the export starts. */
  quality: string;
  jobId: string;
  outputResolution?: string;
  /** Entry file within the project. */
  composition?: string;
  variables?: Record<string, unknown>;
  crf?: number;
  videoBitrate?: string;
  videoFrameFormat?: VideoFrameFormat;
  hdrMode?: HdrMode;
  useGpu?: boolean;
}

/** State of an export; Studio's server polls this object. */
export interface StudioRenderState {
  id: string;
  status: "rendering" | "complete" | "failed" | "cancelled";
  /** Percent. */
  progress: number;
  stage?: string;
  outputPath: string;
  error?: string;
  /** Ends the render; `finished` settles when that is done. */
  cancel(): void;
  /** Decibels by which the limiter lowered the sound; absent when it did not. */
  audioLoweredDb?: number;
  /** Settles when the render is over and its files are written; never rejects. */
  finished: Promise<void>;
}

/** Options of {@link createStartRender}. */
export interface StudioRendererOptions {
  /** Gives the upstream to compile with; default: the one installed next to the project. */
  upstream?: (projectDir: string) => Promise<Upstream>;
}

/** The `startRender` function of a Studio adapter. */
export type StartRender = (options: StudioRenderOptions) => StudioRenderState;

/** Creates the `startRender` function of a Studio adapter. */
export function createStartRender(options: StudioRendererOptions = {}): StartRender {
  return startRenderOn(defaultEngine, options);
}

/** {@link createStartRender} on another engine, for tests. */
export function startRenderOn(engine: Engine, parts: StudioRendererOptions): StartRender {
  const upstreamFor = parts.upstream ?? ((dir: string) => resolveUpstream(packageFolders(dir, {})));
  return (options) => {
    const abort = new AbortController();
    const state: StudioRenderState = {
      id: options.jobId,
      status: "rendering",
      progress: 0,
      outputPath: options.outputPath,
      cancel: () => abort.abort(new Error("user_cancelled")),
      finished: Promise.resolve(),
    };
    // Not enumerable: Studio's server sends the enumerable fields as JSON.
    Object.defineProperty(state, "finished", {
      enumerable: false,
      value: run(options, state, abort.signal, upstreamFor, engine).catch((error: unknown) => {
        state.error = messageOf(error);
        state.status = "failed";
      }),
    });
    return state;
  };
}

/** `startRender` with the upstream installed next to the project. */
export const startRender = createStartRender();

async function run(
  options: StudioRenderOptions,
  state: StudioRenderState,
  signal: AbortSignal,
  upstreamFor: (projectDir: string) => Promise<Upstream>,
  engine: Engine,
): Promise<void> {
  const startedAt = Date.now();
  try {
    const upstream = await upstreamFor(options.project.dir);
    const job = createRenderJob(toConfig(options));
    await engine.execute(upstream, {
      job,
      projectDir: options.project.dir,
      outputPath: options.outputPath,
      signal,
      progress: ({ progress, currentStage }) => {
        state.progress = progress;
        if (currentStage) state.stage = currentStage;
      },
    });
    // A cancel right after completion counts too: the user does not expect a file.
    if (signal.aborted) return removeCancelled(state);
    const { audioLoweredDb } = job;
    if (audioLoweredDb !== undefined) state.audioLoweredDb = audioLoweredDb;
    writeMeta(options.outputPath, {
      status: "complete",
      durationMs: Date.now() - startedAt,
      ...defined({ audioLoweredDb }),
    });
    state.progress = 100;
    state.status = "complete";
  } catch (error) {
    if (signal.aborted) return removeCancelled(state);
    state.error = messageOf(error);
    try {
      writeMeta(options.outputPath, { status: "failed" });
    } catch {
      // The folder itself may be the reason of the failure.
    }
    state.status = "failed";
  }
}

function toConfig(options: StudioRenderOptions): RenderConfig {
  const { fps, quality, format, composition, useGpu } = options;
  const { outputResolution, variables, crf, videoBitrate, videoFrameFormat, hdrMode } = options;
  return {
    fps,
    quality: quality as Quality,
    format,
    ...(composition ? { entryFile: composition } : {}),
    ...(useGpu ? { useGpu } : {}),
    ...defined({ outputResolution, variables, crf, videoBitrate, videoFrameFormat, hdrMode }),
  };
}

function removeCancelled(state: StudioRenderState): void {
  rmSync(state.outputPath, { force: true });
  rmSync(metaPath(state.outputPath), { force: true });
  state.status = "cancelled";
}

function writeMeta(outputPath: string, meta: Record<string, unknown>): void {
  writeFileSync(metaPath(outputPath), JSON.stringify(meta));
}

function metaPath(outputPath: string): string {
  return `${outputPath.replace(/\.(mp4|webm|mov)$/, "")}.meta.json`;
}
