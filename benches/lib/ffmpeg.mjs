/** Runs ffmpeg for the benches: with a deadline, stopped with the run. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const TOOL_MS = 30 * 60_000;

/**
 * @param {string[]} args without the program
 * @param {{signal?: AbortSignal, cwd?: string}} [options]
 * @returns {Promise<{stdout: string, stderr: string}>}
 * @throws when it fails or takes longer than half an hour; the message has its last lines
 */
export async function runFfmpeg(args, { signal, cwd } = {}) {
  const program = process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";
  return run(program, ["-hide_banner", "-nostdin", ...args], {
    signal,
    cwd,
    timeout: TOOL_MS,
    killSignal: "SIGKILL",
    maxBuffer: 16 * 2 ** 20,
  });
}

/**
 * Processor seconds in the report of `ffmpeg -benchmark`.
 * @param {string} stderr
 */
export function benchmarkSeconds(stderr) {
  const found = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
  if (!found) throw new Error("ffmpeg -benchmark did not report its processor time");
  return Number(found[1]) + Number(found[2]);
}

/**
 * Runs it and measures.
 * @param {string[]} args without the program
 * @param {AbortSignal} [signal]
 * @returns {Promise<{wallSeconds: number, cpuSeconds: number}>}
 */
export async function measureFfmpeg(args, signal) {
  const began = performance.now();
  const { stderr } = await runFfmpeg(["-benchmark", ...args], { signal });
  return {
    wallSeconds: (performance.now() - began) / 1000,
    cpuSeconds: benchmarkSeconds(stderr),
  };
}
