/**
 * Renders one project several times at once in this process, and prints what each was given as its last
 * line. The argument, JSON: `project`, `outDir`, `jobs`, `atOnce` if not all begin at once, `options` for
 * `renderJob`.
 */
import { join } from "node:path";
import { renderJob } from "../../dist/index.js";

const { project, outDir, jobs, atOnce = jobs, options = {} } = JSON.parse(process.argv[2]);
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

const renders = [];
let begun = 0;
async function renderSome() {
  while (begun < jobs) {
    const number = begun;
    begun += 1;
    renders[number] = await render(number).catch((error) => ({ error: String(error) }));
  }
}
await Promise.all(Array.from({ length: atOnce }, renderSome));
console.log(JSON.stringify(renders));
