/** The files that a render with `debug` keeps. */
import { cpSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isFolderFormat } from "../base/formats.js";
import type { RenderJob } from "../base/types.js";
import type { Upstream } from "../upstream/types.js";
import type { CompiledComposition } from "../wire/generated.js";

/**
 * Upstream's debug folder. Versions before 0.8.150 do not tell theirs: it is beside the renders folder,
 * else beside the package.
 *
 * @returns undefined when neither is known
 */
export function debugRoot(
  { namespace, dir }: Upstream,
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (namespace.resolveRenderDebugDir) return namespace.resolveRenderDebugDir();
  if (env.PRODUCER_RENDERS_DIR) return resolve(env.PRODUCER_RENDERS_DIR, "..", ".debug");
  return dir === undefined ? undefined : join(dirname(dir), ".debug");
}

/**
 * Copies the compiled files of a render into its folder in upstream's debug folder: `compiled/`,
 * `document.html` and, if the render succeeded, `perf-summary.json` and the output file.
 *
 * @param dir the folder of this job
 */
export function keepForDebugging(
  dir: string,
  job: RenderJob,
  composition: CompiledComposition,
): void {
  cpSync(composition.compiledDir, join(dir, "compiled"), { recursive: true });
  cpSync(composition.documentPath, join(dir, "document.html"));
  const { format = "mp4" } = job.config;
  if (job.perfSummary) {
    writeFileSync(join(dir, "perf-summary.json"), JSON.stringify(job.perfSummary, null, 2));
  }
  if (job.outputPath && !isFolderFormat(format)) {
    cpSync(job.outputPath, join(dir, `output.${format}`));
  }
}
