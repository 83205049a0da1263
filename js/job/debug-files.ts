/** The files that a render with `debug` keeps. */
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFolderFormat } from "../base/formats.js";
import type { RenderJob } from "../base/types.js";
import type { CompiledComposition } from "../wire/generated.js";

/**
 * Copies the compiled files of a render into upstream's debug folder: `compiled/`, `document.html`
 * and, if the render succeeded, `perf-summary.json` and the output file.
 *
 * @param root upstream's debug folder
 * @returns the folder of this job
 */
export function keepForDebugging(
  root: string,
  job: RenderJob,
  composition: CompiledComposition,
): string {
  const dir = join(root, job.id);
  cpSync(composition.compiledDir, join(dir, "compiled"), { recursive: true });
  cpSync(composition.documentPath, join(dir, "document.html"));
  const { format = "mp4" } = job.config;
  if (job.perfSummary) {
    writeFileSync(join(dir, "perf-summary.json"), JSON.stringify(job.perfSummary, null, 2));
  }
  if (job.outputPath && !isFolderFormat(format)) {
    cpSync(job.outputPath, join(dir, `output.${format}`));
  }
  return dir;
}
