/**
 * Renders one project several times at once in this process, and prints what each was given as its last
 * line. The argument, JSON: `project`, `outDir`, `jobs`, `options` for `renderJob`.
 */
import { join } from "node:path";
import { renderJob } from "../../../dist/index.js";

const { project, outDir, jobs, options = {} } = JSON.parse(process.argv[2]);
const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

async function render(number) {
  let waited;
  const onProgress = (_job, message) => {
    if (/^Waiting for other renders until \d\d:\d\d UTC \(/.test(message)) waited ??= message;
  };
  const outputPath = join(outDir, `${number}.mp4`);
  const began = performance.now();
  const all = { ...options, projectDir: project, outputPath, logger, onProgress };
  const { perfSummary: perf } = await renderJob(all);
  return {
    granted: perf.native.granted,
    waited,
    workers: perf.workers,
    ms: performance.now() - began,
  };
}

const told = await Promise.allSettled(Array.from({ length: jobs }, (_, number) => render(number)));
const renders = told.map((one) => one.value ?? { error: String(one.reason) });
console.log(JSON.stringify(renders));
