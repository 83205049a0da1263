/** Runs one render and measures its whole process tree. */
import { runRender } from "../../__test__/conformance/engines.mjs";
import { nativeReport } from "../../dist/bench/native-report.js";
import { TreeSampler } from "../../dist/bench/tree-sampler.js";

/** The CLI's progress line while frames leave the browser. */
const CAPTURED = /@hf-progress \{"code":"capture","done":(\d+)/g;

/**
 * @typedef {object} Progress a report of the CLI
 * @property {number} seconds since the start of the process
 * @property {number} frames captured by then
 */

/**
 * @param {ReturnType<typeof import("../../__test__/conformance/engines.mjs").renderCommand>} command
 * @param {number} timeoutMs
 * @returns {Promise<{wallSeconds: number, firstFrameSeconds?: number, progress: Progress[],
 *   report?: object} & import("../../dist/bench/tree-sampler.js").TreeUse>} `firstFrameSeconds` from the start of
 *   the process until the first captured frame is reported; `report` what the native engine says of
 *   itself
 * @throws when it does not end in time, or not with success; the message quotes its last lines
 */
export async function measureRender(command, timeoutMs) {
  let sampler;
  /** @type {Progress[]} */
  const progress = [];
  let text = "";
  const began = performance.now();
  let result;
  let use;
  try {
    result = await runRender(command, {
      timeoutMs,
      onStart: (pid) => {
        sampler = new TreeSampler(pid);
      },
      onText: (chunk) => {
        text += chunk;
        const seconds = (performance.now() - began) / 1000;
        for (const [, frames] of chunk.matchAll(CAPTURED)) {
          progress.push({ seconds, frames: Number(frames) });
        }
      },
    });
  } finally {
    use = sampler?.stop();
  }
  if (result.timedOut) throw new Error(`no end within ${timeoutMs / 1000} s\n${result.tail}`);
  if (result.code !== 0) throw new Error(`ended with ${result.code}\n${result.tail}`);
  const firstFrameSeconds = progress.find(({ frames }) => frames > 0)?.seconds;
  const report = nativeReport(text);
  return { wallSeconds: result.seconds, firstFrameSeconds, progress, report, ...use };
}
