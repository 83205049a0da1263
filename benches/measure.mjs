/** Runs one render and measures its whole process tree. */
import { runRender } from "../__test__/conformance/engines.mjs";
import { TreeSampler } from "./tree-sampler.mjs";

/** The CLI's progress line once a frame has left the browser. */
const FIRST_FRAME = /@hf-progress \{"code":"capture","done":[1-9]/;

/**
 * @param {ReturnType<typeof import("../__test__/conformance/engines.mjs").renderCommand>} command
 * @param {number} timeoutMs
 * @returns {Promise<{wallSeconds: number, firstFrameSeconds?: number}
 *   & import("./tree-sampler.mjs").TreeUse>} `firstFrameSeconds` from the start of the process until
 *   the first captured frame is reported
 * @throws when it does not end in time, or not with success; the message quotes its last lines
 */
export async function measureRender(command, timeoutMs) {
  let sampler;
  let firstFrameSeconds;
  const began = performance.now();
  let result;
  let use;
  try {
    result = await runRender(command, {
      timeoutMs,
      onStart: (pid) => {
        sampler = new TreeSampler(pid);
      },
      onText: (text) => {
        if (firstFrameSeconds === undefined && FIRST_FRAME.test(text)) {
          firstFrameSeconds = (performance.now() - began) / 1000;
        }
      },
    });
  } finally {
    use = sampler?.stop();
  }
  if (result.timedOut) throw new Error(`no end within ${timeoutMs / 1000} s\n${result.tail}`);
  if (result.code !== 0) throw new Error(`ended with ${result.code}\n${result.tail}`);
  return { wallSeconds: result.seconds, firstFrameSeconds, ...use };
}
