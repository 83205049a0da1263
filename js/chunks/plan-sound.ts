/** The sound of a plan: made once, as a render of all frames would have it. */
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Logger } from "../base/types.js";
import type { Compilation } from "../compile/index.js";
import type { Upstream } from "../upstream/types.js";
import { chunkSpec, runCore } from "./chunk-spec.js";
import type { EncoderJson, PlanJson } from "./plan-files.js";
import { fileDigest } from "./plan-hash.js";
import { PLAN_AUDIO_RELATIVE_PATH } from "./plan-protocol.js";

/** A compilation that a plan was made of. */
export interface PlannedCompilation {
  plan: PlanJson;
  encoder: EncoderJson;
  upstream: Upstream;
  compilation: Compilation;
  abortSignal: AbortSignal | undefined;
  logger: Logger | undefined;
}

/**
 * Puts the sound of all frames into the plan, in place of upstream's. It comes with a picture of the
 * first frame, which is dropped.
 *
 * @returns its digest; `null` where nothing can be heard
 * @throws NativeRenderError
 */
export async function addSound(
  request: PlannedCompilation,
  planDir: string,
): Promise<string | null> {
  const { compilation, upstream, plan, abortSignal } = request;
  const target = join(planDir, PLAN_AUDIO_RELATIVE_PATH);
  const { audios, videos } = compilation.composition.media;
  const mayBeHeard = audios.length + videos.length > 0;
  const work = mkdtempSync(join(dirname(resolve(planDir)), ".plan-sound-"));
  try {
    const made = join(work, "first", PLAN_AUDIO_RELATIVE_PATH);
    if (mayBeHeard) {
      const { composition, audioEffects } = compilation;
      const outputPath = dirname(made);
      const spec = chunkSpec({ ...request, composition, audioEffects, outputPath });
      const first = { from: 0, to: 1 };
      const { format } = plan.dimensions;
      const output = { ...spec.output, format: "png-sequence" } as const;
      await runCore({ ...spec, output, frames: first, soundOfAll: format }, upstream, {
        abortSignal,
      });
    }
    rmSync(target, { force: true });
    if (!existsSync(made)) return null;
    renameSync(made, target);
    return await fileDigest(target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
