/** Runs one render and measures its whole process tree. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { runRender } from "../__test__/conformance/engines.mjs";
import { descendants } from "../__test__/conformance/process-tree.mjs";

const CPU_EVERY_MS = 100;
const MEMORY_EVERY_MS = 200;
/** The CLI's progress line once a frame has left the browser. */
const FIRST_FRAME = /@hf-progress \{"code":"capture","done":[1-9]/;

function systemConstant(name, fallback) {
  try {
    return Number(execFileSync("getconf", [name], { encoding: "utf8", timeout: 5000 })) || fallback;
  } catch {
    return fallback;
  }
}
const TICKS_PER_SECOND = systemConstant("CLK_TCK", 100);
const PAGE_BYTES = systemConstant("PAGESIZE", 4096);

/**
 * Proportional set size of one process: shared pages count by share, so that a sum over the tree
 * counts each page once. Resident size where the kernel gives no PSS.
 * @returns {number} bytes
 */
function memoryOf({ pid, rssPages }) {
  try {
    const kib = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // Gone, or not readable.
  }
  return rssPages * PAGE_BYTES;
}

/** Samples the tree below a process until stopped. */
class TreeSampler {
  /** Last seen processor time by process, which stays when the process ends. */
  #ticks = new Map();
  #alive = new Set();
  #timer;
  #nextMemory = 0;
  peakBytes = 0;

  constructor(pid) {
    this.#alive.add(pid);
    this.#timer = setInterval(() => this.#sample(), CPU_EVERY_MS);
  }

  #sample() {
    // Known processes are roots too: one whose parent has ended still belongs to the render.
    const tree = descendants(this.#alive);
    this.#alive = new Set(tree.map(({ pid }) => pid));
    for (const { pid, start, ticks } of tree) this.#ticks.set(`${pid}:${start}`, ticks);
    if (performance.now() < this.#nextMemory) return;
    this.#nextMemory = performance.now() + MEMORY_EVERY_MS;
    const bytes = tree.reduce((sum, stat) => sum + memoryOf(stat), 0);
    this.peakBytes = Math.max(this.peakBytes, bytes);
  }

  /** @returns {number} processor seconds of all processes seen, each up to its last sample */
  stop() {
    clearInterval(this.#timer);
    let ticks = 0;
    for (const value of this.#ticks.values()) ticks += value;
    return ticks / TICKS_PER_SECOND;
  }
}

/**
 * @param {ReturnType<typeof import("../__test__/conformance/engines.mjs").renderCommand>} command
 * @param {number} timeoutMs
 * @returns {Promise<{wallSeconds: number, cpuSeconds: number, peakBytes: number, firstFrameSeconds?: number}>}
 *   the last one from the start of the process until the first captured frame is reported
 */
export async function measureRender(command, timeoutMs) {
  let sampler;
  let firstFrameSeconds;
  const began = performance.now();
  let result;
  let cpuSeconds;
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
    cpuSeconds = sampler?.stop();
  }
  if (result.timedOut) throw new Error(`no end within ${timeoutMs / 1000} s\n${result.tail}`);
  if (result.code !== 0) throw new Error(`ended with ${result.code}\n${result.tail}`);
  return {
    wallSeconds: result.seconds,
    cpuSeconds,
    peakBytes: sampler.peakBytes,
    firstFrameSeconds,
  };
}
