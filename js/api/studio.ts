/**
 * Export of HyperFrames Studio on the native engine: the `startRender` of an adapter for
 * `@hyperframes/studio-server`.
 */
import { rmSync, writeFileSync } from "node:fs";
import { messageOf } from "../base/errors.js";
import type { Fps, Quality, RenderConfig } from "../base/types.js";
import type { Engine } from "../job/engine.js";
import { resolvePeer } from "../upstream/resolve.js";
import type { Peer } from "../upstream/types.js";
import { createRenderJob, defaultEngine } from "./producer.js";

/** What Studio's server asks for when somebody presses Export. */
export interface StudioRenderOptions {
  project: { id: string; dir: string; title?: string };
  /** Absolute; ends in `.mp4`, `.webm` or `.mov`. */
  outputPath: string;
  format: string;
  fps: Fps;
  quality: Quality;
  jobId: string;
  outputResolution?: string;
  /** Entry file within the project. */
  composition?: string;
  variables?: Record<string, unknown>;
  crf?: number;
  videoBitrate?: string;
  videoFrameFormat?: string;
  hdrMode?: string;
  useGpu?: boolean;
}

/** State of an export; Studio's server polls this very object. */
export interface StudioRenderState {
  id: string;
  status: "rendering" | "complete" | "failed" | "cancelled";
  /** Percent. */
  progress: number;
  stage?: string;
  outputPath: string;
  error?: string;
  cancel(): void;
  /** Decibels the limiter took away, when it did. */
  audioLoweredDb?: number;
  /** Settles when the render is over and its files are written; never rejects. */
  finished: Promise<void>;
}

/** Where the parts come from; the defaults fit an embedder. */
export interface StudioRendererOptions {
  /** Default: the producer installed next to the project. */
  peer?: (projectDir: string) => Promise<Peer>;
  engine?: Engine;
}

/** Creates the `startRender` function of a Studio adapter. */
export function createStartRender(
  parts: StudioRendererOptions = {},
): (options: StudioRenderOptions) => StudioRenderState {
  const peerFor = parts.peer ?? ((dir: string) => resolvePeer([dir, process.cwd()]));
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
    // A property that JSON shows would end up in Studio's answers.
    Object.defineProperty(state, "finished", {
      enumerable: false,
      value: run(options, state, abort.signal, peerFor, parts.engine ?? defaultEngine()),
    });
    return state;
  };
}

/** `startRender` on the producer installed next to the project. */
export const startRender = createStartRender();

async function run(
  options: StudioRenderOptions,
  state: StudioRenderState,
  signal: AbortSignal,
  peerFor: (projectDir: string) => Promise<Peer>,
  engine: Engine,
): Promise<void> {
  const startedAt = Date.now();
  try {
    const peer = await peerFor(options.project.dir);
    const job = createRenderJob(toConfig(options));
    await engine.execute(peer, {
      job,
      projectDir: options.project.dir,
      outputPath: options.outputPath,
      signal,
      progress: ({ progress, currentStage }) => {
        state.progress = progress;
        if (currentStage) state.stage = currentStage;
      },
    });
    // A cancel that lands just after completion still wins: the user does not expect a file.
    if (signal.aborted) return removeCancelled(state);
    const lowered = job.audioLoweredDb;
    if (typeof lowered === "number") state.audioLoweredDb = lowered;
    writeMeta(options.outputPath, {
      status: "complete",
      durationMs: Date.now() - startedAt,
      ...(typeof lowered === "number" ? { audioLoweredDb: lowered } : {}),
    });
    state.progress = 100;
    state.status = "complete";
  } catch (error) {
    if (signal.aborted) return removeCancelled(state);
    state.error = messageOf(error);
    try {
      writeMeta(options.outputPath, { status: "failed" });
    } catch {
      // The folder may be the very reason of the failure.
    }
    state.status = "failed";
  }
}

function toConfig(options: StudioRenderOptions): RenderConfig {
  const { fps, quality, format, composition, useGpu } = options;
  const config: RenderConfig = { fps, quality, format };
  if (composition) config.entryFile = composition;
  if (useGpu) config.useGpu = true;
  const { outputResolution, variables, crf, videoBitrate, videoFrameFormat, hdrMode } = options;
  const optional = { outputResolution, variables, crf, videoBitrate, videoFrameFormat, hdrMode };
  for (const [key, value] of Object.entries(optional)) {
    if (value !== undefined) config[key] = value;
  }
  return config;
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
