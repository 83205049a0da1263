/** Rendering one chunk of a plan on the native engine. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NativeRenderError } from "../base/errors.js";
import { packageVersion } from "../base/packages.js";
import { loadCompiled } from "../compile/save.js";
import { nativeMode } from "../route/mode.js";
import { resolveUpstream } from "../upstream/resolve.js";
import type { NativeSummary } from "../wire/generated.js";
import { type CheckedChunk, checkPlan } from "./check-plan.js";
import { chunkSpec, runCore } from "./chunk-spec.js";
import type { EffectiveChunkResult } from "./distributed-types.js";
import { isNativePlan, NATIVE, readEngine } from "./plan-files.js";
import { fileDigest } from "./plan-hash.js";
import { originalMaterialize, originalRenderChunk } from "./upstream-functions.js";
import { refused } from "./validation-error.js";

/** Who watches a chunk. */
export interface ChunkWatch {
  /** Cancels it, if the native engine renders it. */
  signal?: AbortSignal;
  /** Gets the number of captured frames as it rises. */
  onFrames?: (frames: number) => void;
}

/**
 * Renders chunk `chunkIndex` of a plan to a file or, for png-sequence, a folder. Plans without a
 * native part are given to upstream's own function.
 *
 * @throws RenderChunkValidationError with upstream's code for a plan that is not whole or not for this
 *   machine; NativeRenderError
 */
export function renderChunk(
  planDir: string,
  chunkIndex: number,
  outputChunkPath: string,
): Promise<EffectiveChunkResult> {
  return renderWatchedChunk(planDir, chunkIndex, outputChunkPath, {});
}

/** The same, watched. */
export async function renderWatchedChunk(
  planDir: string,
  chunkIndex: number,
  outputChunkPath: string,
  { signal, onFrames }: ChunkWatch,
): Promise<EffectiveChunkResult> {
  const mode = nativeMode();
  const isNative = isNativePlan(planDir);
  if (mode === "off" || (mode === "auto" && !isNative)) {
    return originalRenderChunk(planDir, chunkIndex, outputChunkPath);
  }
  const started = Date.now();
  const chunk = await checkPlan(planDir, chunkIndex);
  if (!isNative) {
    throw new NativeRenderError(
      "HF_NATIVE_UNSUPPORTED",
      `HYPERFRAMES_NATIVE=only, but the plan ${planDir} is not one for the native engine. Make it ` +
        "again with `plan` of @hyperframes/producer-native/distributed.",
      { stage: "route" },
    );
  }
  await checkEngine(planDir);
  const outputPath = resolve(outputChunkPath);
  const { plan, encoder, slice } = chunk;
  const composition = await loadCompiled(join(planDir, NATIVE));
  const upstream = await resolveUpstream([planDir, process.cwd()]);
  const frames = { from: slice.startFrame, to: slice.endFrame };
  const spec = { ...chunkSpec({ plan, encoder, composition, upstream, outputPath }), frames };
  const summary = await runCore(spec, upstream, { abortSignal: signal, onFrames });
  return report({ chunk, outputPath, summary, started, chunkIndex, given: outputChunkPath });
}

/** The same of a plan whose files are addressed by content. */
export async function renderChunkV2(
  planV2Dir: string,
  chunkIndex: number,
  outputChunkPath: string,
): Promise<EffectiveChunkResult> {
  const root = mkdtempSync(join(tmpdir(), "hf-plan-v2-chunk-"));
  try {
    const planDir = join(root, "plan");
    originalMaterialize(planV2Dir, { role: "chunk", chunkIndex }, planDir);
    return await renderChunk(planDir, chunkIndex, outputChunkPath);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Frames of different versions must not meet in one file. */
async function checkEngine(planDir: string): Promise<void> {
  const { version } = await readEngine(planDir);
  const own = packageVersion();
  if (version === own) return;
  throw refused(
    "PLAN_HASH_MISMATCH",
    `the plan was made by @hyperframes/producer-native ${version}, and this is ${own}; install the ` +
      "same version on all machines, or make the plan again",
  );
}

interface Rendered {
  chunk: CheckedChunk;
  outputPath: string;
  summary: NativeSummary;
  started: number;
  chunkIndex: number;
  /** The path as the caller gave it. */
  given: string;
}

/** Writes the file of figures beside the chunk, and gives upstream's result. */
async function report(rendered: Rendered): Promise<EffectiveChunkResult> {
  const { chunk, outputPath, summary, started, chunkIndex, given } = rendered;
  const { plan, slice, planHashMs } = chunk;
  const { perf } = summary;
  const outputKind = plan.dimensions.format === "png-sequence" ? "frame-dir" : "file";
  const sha256 = await (outputKind === "file" ? fileDigest(outputPath) : folderDigest(outputPath));
  const facts = {
    framesEncoded: summary.totalFrames,
    durationMs: Date.now() - started,
    planHashMs,
    sessionBootMs: perf.stages.captureSetupMs,
    captureStageMs: perf.stages.captureFrameMs,
    encodeStageMs: Math.round(Number(perf.native.encodeDrainMs) + perf.stages.assembleMs),
    workers: perf.workers,
    captureMode: String(perf.native.mode),
    sha256,
    outputKind,
  } as const;
  const perfPath = `${given}.perf.json`;
  const { planHash, producerVersion, ffmpegVersion } = plan;
  const { startFrame, endFrame } = slice;
  const told = { planHash, chunkIndex, startFrame, endFrame, ...facts };
  const versions = { producerVersion, ffmpegVersion };
  await writeFile(perfPath, `${JSON.stringify({ ...told, ...versions }, null, 2)}\n`);
  return { outputPath: given, perfPath, ...facts };
}

/** The digest of a chunk that is a folder: of its pictures' names and digests, in their order. */
async function folderDigest(dir: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => /\.(png|jpe?g)$/i.test(name)).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${name}\0${await fileDigest(join(dir, name))}`);
  return createHash("sha256").update(lines.join("\0")).digest("hex");
}
