/**
 * Renders in one process, in rounds: each line of its input is a list of `{ options, cancelAfterMs }` that are
 * rendered at once, and answered by a line with what came of each. Garbage is collected before the answer
 * (run with `--expose-gc`). Ends with its input.
 */
import { createInterface } from "node:readline";
import { renderJob } from "../../../dist/index.js";

const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

async function render({ options, cancelAfterMs }) {
  const abort = new AbortController();
  const timer =
    cancelAfterMs === undefined ? undefined : setTimeout(() => abort.abort(), cancelAfterMs);
  const began = performance.now();
  try {
    const { perfSummary } = await renderJob({ ...options, logger, signal: abort.signal });
    return { made: true, granted: perfSummary.native.granted, workers: perfSummary.workers };
  } catch (error) {
    const { name, code, message } = error;
    return { made: false, name, code, message, ms: performance.now() - began };
  } finally {
    clearTimeout(timer);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const answers = await Promise.all(JSON.parse(line).map(render));
  globalThis.gc();
  console.log(JSON.stringify(answers));
}
