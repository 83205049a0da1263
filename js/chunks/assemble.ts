/**
 * Joining chunks. Upstream's joining takes the times of a chunk from its file, which tells lengths in
 * milliseconds, so that frames behind a border are late. Here every frame has its own time.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { nativeMode } from "../route/mode.js";
import { cancelledError } from "../upstream/errors.js";
import { resolveUpstream } from "../upstream/resolve.js";
import type { AssembleOptions, AssembleResult } from "./distributed-types.js";
import { assertFrames, concatList, type FilmOfChunk, joinArgs, runTool } from "./join-films.js";
import { isNativePlan, type PlanJson, readEngine, readPlan, readSlices } from "./plan-files.js";
import { fileDigest } from "./plan-hash.js";
import { DISTRIBUTED_RENDER_CAPABILITIES } from "./plan-protocol.js";
import {
  originalAssemble,
  originalMaterialize,
  originalReadPlanProtocolV1,
  originalValidateTarget,
} from "./upstream-functions.js";

/** Upstream's deadline for one pass of ffmpeg, where a version does not tell it. */
const DEFAULT_TIMEOUT_MS = 300_000;

/**
 * Joins the chunks of a plan, and its sound. Folders of pictures, plans without a native part, `cfr`
 * and a sound that is not the plan's are given to upstream's own function.
 *
 * @throws upstream's errors, an Error that names what is missing, or a NativeRenderError
 */
export async function assemble(
  planDir: string,
  chunkPaths: readonly string[],
  audioPath: string | null,
  outputPath: string,
  options: AssembleOptions = {},
): Promise<AssembleResult> {
  const started = Date.now();
  const original = () => originalAssemble(planDir, chunkPaths, audioPath, outputPath, options);
  if (nativeMode() === "off" || options.cfr === true || !isNativePlan(planDir)) return original();
  const plan = await readPlan(planDir);
  if (plan.dimensions.format === "png-sequence") return original();
  originalReadPlanProtocolV1(plan, DISTRIBUTED_RENDER_CAPABILITIES.roles.assembler);
  originalValidateTarget(planDir, { role: "assembler" });
  const sound = audioPath !== null && existsSync(audioPath) ? audioPath : null;
  const { sound: digest } = await readEngine(planDir);
  if (sound !== null && (await fileDigest(sound)) !== digest) return original();
  const films = await filmsOf(planDir, chunkPaths);
  mkdirSync(dirname(outputPath), { recursive: true });
  const work = mkdtempSync(`${outputPath}.assemble-work-`);
  try {
    const joined = join(work, `joined.${plan.dimensions.format}`);
    await joinFilms({ plan, films, sound, joined, work, signal: options.abortSignal });
    renameSync(joined, outputPath);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return {
    outputPath,
    durationMs: Date.now() - started,
    framesEncoded: plan.totalFrames,
    fileSize: statSync(outputPath).size,
  };
}

/** The same for a plan whose files are addressed by content, with its sound. */
export async function assembleV2(
  planV2Dir: string,
  chunkPaths: readonly string[],
  outputPath: string,
  options?: AssembleOptions,
): Promise<AssembleResult> {
  const root = mkdtempSync(join(tmpdir(), "hf-plan-v2-assembler-"));
  try {
    const planDir = join(root, "plan");
    const { audioPath } = originalMaterialize(planV2Dir, { role: "assembler" }, planDir);
    return await assemble(planDir, chunkPaths, audioPath, outputPath, options);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function filmsOf(planDir: string, chunkPaths: readonly string[]): Promise<FilmOfChunk[]> {
  const slices = await readSlices(planDir);
  if (chunkPaths.length !== slices.length) {
    throw new Error(
      `[assemble] the plan has ${slices.length} chunks and ${chunkPaths.length} paths were given; give ` +
        "the path of every chunk, in their order",
    );
  }
  const missing = chunkPaths.find((path) => !existsSync(path));
  if (missing !== undefined) {
    throw new Error(`[assemble] the chunk ${missing} does not exist; render it again`);
  }
  return slices.map(({ startFrame, endFrame }, at) => ({
    path: chunkPaths[at] as string,
    frames: endFrame - startFrame,
  }));
}

interface Joining {
  plan: PlanJson;
  films: FilmOfChunk[];
  sound: string | null;
  joined: string;
  /** Folder for the list of chunks. */
  work: string;
  signal: AbortSignal | undefined;
}

async function joinFilms(joining: Joining): Promise<void> {
  const { plan, films, sound, joined, work, signal } = joining;
  const { namespace, version } = await resolveUpstream([work, process.cwd()]);
  const list = join(work, "chunks.txt");
  await writeFile(list, concatList(films, plan.dimensions));
  const settings: { ffmpegProcessTimeout?: number } = namespace.resolveConfig?.({} as never) ?? {};
  const limits = { timeout: settings.ffmpegProcessTimeout ?? DEFAULT_TIMEOUT_MS, signal };
  try {
    await runTool("ffmpeg", joinArgs({ ...plan.dimensions, list, sound, joined, version }), limits);
    await assertFrames(joined, plan.totalFrames, plan.dimensions, limits);
  } catch (error) {
    if (signal?.aborted) throw cancelledError(namespace, signal);
    throw error;
  }
}
