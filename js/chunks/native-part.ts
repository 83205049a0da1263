/** The part of a plan that lets the native engine render its chunks: its own compiled composition. */
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defined } from "../base/defined.js";
import { NativeRenderError } from "../base/errors.js";
import { packageVersion } from "../base/packages.js";
import { guardSignals } from "../base/signal-guard.js";
import type { RenderConfigInput } from "../base/types.js";
import { type Compilation, compile } from "../compile/index.js";
import { announce } from "../job/announce.js";
import { withScriptedMedia } from "../job/scripted-media.js";
import { nativeMode } from "../route/mode.js";
import { addonReason, compositionReasons, type RouteReason, routeLine } from "../route/route.js";
import { cancelledError } from "../upstream/errors.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import { loadBinding, whyNotLoaded } from "../wire/binding.js";
import type { CompiledComposition } from "../wire/generated.js";
import { chunkSpec } from "./chunk-spec.js";
import type { DistributedRenderConfig } from "./distributed-types.js";
import {
  COMPILED,
  ENGINE_FILE,
  type EngineJson,
  NATIVE,
  PLAN_FILE,
  type PlanJson,
  readEncoder,
  readPlan,
} from "./plan-files.js";
import { planHashOf } from "./plan-hash.js";
import { addSound, type PlannedCompilation } from "./plan-sound.js";

/**
 * Adds the native part to a plan of upstream's, and writes the plan's new fingerprint. A plan whose
 * chunks the native engine cannot render stays as it is; the log says why.
 *
 * @returns the plan's fingerprint
 * @throws NativeRenderError `HF_NATIVE_UNSUPPORTED` for such a plan where only the native engine may
 *   render, or what {@link compile} throws
 */
export async function addNativePart(
  projectDir: string,
  config: DistributedRenderConfig,
  planDir: string,
): Promise<string> {
  const plan = await readPlan(planDir);
  if (nativeMode() === "off") return plan.planHash;
  const failure = whyNotLoaded();
  if (failure) {
    if (nativeMode() === "only") throw failure;
    announce(routeLine([addonReason(failure)]), config.logger, undefined, "warn");
    return plan.planHash;
  }
  const reasons = await compileInto(projectDir, config, planDir, plan);
  if (reasons.length === 0) {
    const planHash = await planHashOf(planDir, plan);
    await writeFile(
      join(planDir, PLAN_FILE),
      `${JSON.stringify({ ...plan, planHash }, null, 2)}\n`,
    );
    return planHash;
  }
  const what = reasons.map(({ message }) => message).join(", ");
  if (nativeMode() === "only") {
    throw new NativeRenderError(
      "HF_NATIVE_UNSUPPORTED",
      `HYPERFRAMES_NATIVE=only, but the native engine does not render chunks with ${what} yet.`,
      { stage: "route" },
    );
  }
  config.logger?.warn(
    "[hyperframes-native] The HyperFrames engine renders the chunks of this plan: the native one " +
      `does not render chunks with ${what} yet.`,
  );
  return plan.planHash;
}

async function compileInto(
  projectDir: string,
  config: DistributedRenderConfig,
  planDir: string,
  plan: PlanJson,
): Promise<RouteReason[]> {
  if (config.codec !== undefined && config.codec !== "h264") {
    return [{ code: "codec", message: `the codec ${config.codec}` }];
  }
  const upstream = await resolveUpstream(packageFolders(projectDir, {}));
  const { abortSignal, logger } = config;
  const { config: rendered } = upstream.namespace.createRenderJob(jobConfig(config));
  const options = { signal: abortSignal, logger, seededRandom: true };
  const compilation = await compile(upstream, projectDir, rendered, options);
  try {
    const reasons = compositionReasons(compilation, rendered);
    if (reasons.length > 0) return reasons;
    const encoder = await readEncoder(planDir);
    const request = { plan, encoder, upstream, compilation, abortSignal, logger };
    const completed = await withMedia(request);
    store(
      completed,
      planDir,
      plan,
      await addSound({ ...request, compilation: completed }, planDir),
    );
    return [];
  } finally {
    await compilation.dispose();
  }
}

/** The compilation with the media that scripts of its page make or change. */
async function withMedia(request: PlannedCompilation): Promise<Compilation> {
  const { upstream, compilation, logger } = request;
  const guard = guardSignals();
  const signals = [guard.signal, request.abortSignal].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any(signals);
  const { composition } = compilation;
  const outputPath = join(dirname(composition.documentPath), "watched");
  try {
    return await withScriptedMedia({
      upstream,
      compilation,
      spec: () => chunkSpec({ ...request, composition, outputPath }),
      binding: loadBinding,
      signal,
      onEvent: () => undefined,
      assertActive: () => {
        if (signal.aborted) throw cancelledError(upstream.namespace, signal);
      },
      logger,
    });
  } finally {
    guard.release();
  }
}

/** The configuration of a render of all chunks, without what belongs to the machine. */
function jobConfig(config: DistributedRenderConfig): RenderConfigInput {
  const { fps, format, bitrate, crf, variables, entryFile, logger, strictness } = config;
  const { outputResolution, outputResolutionAspectAgnostic } = config;
  return {
    fps,
    quality: config.quality ?? "standard",
    format,
    hdrMode: "force-sdr",
    ...defined({ crf, videoBitrate: bitrate, variables, entryFile, logger, strictness }),
    ...defined({ outputResolution, outputResolutionAspectAgnostic }),
  };
}

/** Writes what `loadCompiled` reads; the compiled files are those of the plan. */
function store(
  { composition }: Compilation,
  planDir: string,
  plan: PlanJson,
  sound: string | null,
): void {
  const folder = join(planDir, NATIVE);
  mkdirSync(folder, { recursive: true });
  copyFileSync(composition.documentPath, join(folder, "document.html"));
  // What the plan has already stays as it is.
  const missing = { recursive: true, dereference: true, force: false, errorOnExist: false };
  cpSync(composition.compiledDir, join(planDir, COMPILED), missing);
  const stored: CompiledComposition = {
    ...composition,
    projectDir: `../${COMPILED}`,
    compiledDir: `../${COMPILED}`,
    documentPath: "document.html",
    // Chunks are of the plan's length, whatever was known of it before.
    staticDuration: plan.duration,
  };
  const engine: EngineJson = { version: packageVersion(), sound };
  writeFileSync(join(folder, "compiled.json"), `${JSON.stringify(stored, null, 2)}\n`);
  writeFileSync(join(planDir, ENGINE_FILE), `${JSON.stringify(engine)}\n`);
}
