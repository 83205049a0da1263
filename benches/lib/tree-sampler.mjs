/** Follows a process tree: processor time, memory and writes of the processes in it. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { descendants } from "../../scripts/lib/process-tree.mjs";
import { DiskWrites } from "./disk-writes.mjs";

const CPU_EVERY_MS = 100;
const MEMORY_EVERY_MS = 200;

/** What the processes of a render are told apart by. */
export const KINDS = ["node", "chrome", "ffmpeg", "other"];

function systemConstant(name, fallback) {
  try {
    return Number(execFileSync("getconf", [name], { encoding: "utf8", timeout: 5000 })) || fallback;
  } catch {
    return fallback;
  }
}
/** Clock ticks per second of processor times in /proc. */
export const TICKS_PER_SECOND = systemConstant("CLK_TCK", 100);
const PAGE_BYTES = systemConstant("PAGESIZE", 4096);

/**
 * @param {string} executable path of a process
 * @returns {(typeof KINDS)[number]} `node` includes the native engine, which lives in that process
 */
export function kindOf(executable) {
  const name = path.basename(executable);
  if (/^node(?:js)?\b/.test(name)) return "node";
  if (/chrom|headless/.test(name)) return "chrome";
  if (/^ff(?:mpeg|probe)/.test(name)) return "ffmpeg";
  return "other";
}

function executableOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** Command line of a process: program first; empty when it is gone. */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

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

/** Processor time of a process's first thread, which is the one that runs JavaScript in Node. */
function firstThreadTicks(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

/**
 * @typedef {object} MemorySample
 * @property {number} seconds since the sampler began
 * @property {number} bytes of the whole tree
 * @property {Record<string, number>} byKind bytes, by {@link KINDS}
 */

/**
 * @typedef {object} TreeUse
 * @property {number} cpuSeconds of all processes seen, each up to its last sample
 * @property {Record<string, number>} cpuByKind seconds, by {@link KINDS}
 * @property {number} scriptSeconds of the first threads of all Node processes
 * @property {number} peakBytes
 * @property {Record<string, number>} peakByKind bytes at that moment, by kind
 * @property {number} [writtenBytes] to disk, see `DiskWrites`
 * @property {MemorySample[]} memory over time
 * @property {{kind: string, args: string[]}[]} commands of browsers and encoders, program first,
 *   in the order in which they began; what Chrome starts itself is left out
 */

/** Samples the tree below a child of this process until stopped. */
export class TreeSampler {
  /** Last seen state by process, which stays when the process ends. */
  #seen = new Map();
  #alive = new Set();
  #timer;
  #nextMemory = 0;
  #began = performance.now();
  /** @type {MemorySample[]} */
  #memory = [];
  #writes = new DiskWrites();

  /** @param {number} pid */
  constructor(pid) {
    this.#alive.add(pid);
    this.#timer = setInterval(() => this.#sample(), CPU_EVERY_MS);
  }

  #sample() {
    // Known processes are roots too: one whose parent has ended still belongs to the render.
    const tree = descendants(this.#alive);
    this.#alive = new Set(tree.map(({ pid }) => pid));
    for (const stat of tree) this.#look(stat);
    this.#writes.look(tree);
    if (performance.now() < this.#nextMemory) return;
    this.#nextMemory = performance.now() + MEMORY_EVERY_MS;
    const byKind = {};
    let bytes = 0;
    for (const stat of tree) {
      const { kind } = this.#seen.get(`${stat.pid}:${stat.start}`);
      const own = memoryOf(stat);
      byKind[kind] = (byKind[kind] ?? 0) + own;
      bytes += own;
    }
    this.#memory.push({ seconds: (performance.now() - this.#began) / 1000, bytes, byKind });
  }

  #look({ pid, start, ticks }) {
    const key = `${pid}:${start}`;
    let state = this.#seen.get(key);
    if (!state) {
      state = { executable: undefined, kind: "other", ticks: 0, scriptTicks: 0, args: [] };
      this.#seen.set(key, state);
    }
    state.ticks = ticks;
    // A fork runs its parent's program until it takes up its own.
    const executable = executableOf(pid);
    if (executable !== undefined && executable !== state.executable) {
      state.executable = executable;
      state.kind = kindOf(executable);
      state.args = commandOf(pid);
    }
    if (state.kind === "node") state.scriptTicks = firstThreadTicks(pid);
  }

  /**
   * To be called once the child has been waited for, else its writes are missing.
   * @returns {TreeUse}
   */
  stop() {
    clearInterval(this.#timer);
    const writtenBytes = this.#writes.total();
    const peak = this.#memory.reduce(
      (most, sample) => (sample.bytes > most.bytes ? sample : most),
      { bytes: 0, byKind: {} },
    );
    const cpuByKind = {};
    let cpuSeconds = 0;
    let scriptSeconds = 0;
    const commands = [];
    for (const { kind, ticks, scriptTicks, args } of this.#seen.values()) {
      const seconds = ticks / TICKS_PER_SECOND;
      cpuByKind[kind] = (cpuByKind[kind] ?? 0) + seconds;
      cpuSeconds += seconds;
      scriptSeconds += scriptTicks / TICKS_PER_SECOND;
      const ofChrome = args.some((arg) => arg.startsWith("--type="));
      if ((kind === "chrome" && !ofChrome) || kind === "ffmpeg") commands.push({ kind, args });
    }
    return {
      cpuSeconds,
      cpuByKind,
      scriptSeconds,
      peakBytes: peak.bytes,
      peakByKind: peak.byKind,
      writtenBytes,
      memory: this.#memory,
      commands,
    };
  }
}

/**
 * Processor time so far of a living tree.
 * @param {number} pid its root
 * @returns {number} seconds
 */
export function treeCpuSeconds(pid) {
  return descendants([pid]).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}
