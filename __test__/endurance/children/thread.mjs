/**
 * A thread that loads the addon and does one thing with it, which `kind` of its data names. `options` are those of
 * a render, whose first message about frames is passed on; `exitAfterMs` ends the thread so long after it, from inside.
 */
import { parentPort, workerData } from "node:worker_threads";
import { BlendPool, renderJob } from "../../../dist/index.js";

const [WIDTH, HEIGHT] = [320, 180];
/** What the browser's start and all that follows says. */
const FRAMES = /browser|captur|frame/i;
const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

let isCapturing = false;
function onProgress(_job, message) {
  if (isCapturing || !FRAMES.test(message)) return;
  isCapturing = true;
  parentPort.postMessage({ isCapturing });
  const { exitAfterMs } = workerData;
  if (exitAfterMs !== undefined) setTimeout(() => process.exit(7), exitAfterMs);
}

const kinds = {
  async blend() {
    const pool = new BlendPool({ threads: 2 });
    const frame = (value) => Buffer.alloc(WIDTH * HEIGHT * 6, value);
    const out = frame(0);
    await pool.blend("domain-warp", frame(1), frame(9), out, WIDTH, HEIGHT, 0.5);
    await pool.close();
    return { done: out.some((byte) => byte !== 0) };
  },

  /** A pool that nobody closes. */
  async pool() {
    const pool = new BlendPool({ threads: 2 });
    return { done: pool.stats().threads === 2 };
  },

  async render() {
    const { outputBytes } = await renderJob({ ...workerData.options, logger, onProgress });
    return { done: outputBytes > 0 };
  },
};

parentPort.postMessage(await kinds[workerData.kind]());
