/**
 * Threads that load the addon, in rounds: each line of its input is a list of what `thread.mjs` takes, each for a
 * thread of its own, all at once; `terminateAfterMs` ends one from outside, so long after its first message about frames. Answered by a line with how each ended,
 * once garbage is collected (run with `--expose-gc`). This thread itself loads the addon only with the argument
 * `loaded`. Ends with its input.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

if (process.argv[2] === "loaded") {
  const { BlendPool } = await import("../../../dist/index.js");
  await new BlendPool({ threads: 1 }).close();
}

const THREAD = new URL("thread.mjs", import.meta.url);

async function thread(work) {
  const worker = new Worker(THREAD, { workerData: work });
  let said;
  worker.on("message", (message) => {
    said = message;
    const { terminateAfterMs } = work;
    const ends = message.isCapturing && terminateAfterMs !== undefined;
    if (ends) setTimeout(() => worker.terminate(), terminateAfterMs);
  });
  worker.on("error", (error) => {
    said = { error: String(error) };
  });
  const ended = once(worker, "exit");
  const [code] = await ended;
  return { ...said, code };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answers = await Promise.all(JSON.parse(line).map(thread));
  globalThis.gc();
  console.log(JSON.stringify(answers));
}
