/** Follows a process tree: processor time, memory and writes of the processes in it. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { DiskWrites } from "./disk-writes.js";
import { descendants, type ProcessStat } from "./process-tree.js";

const CPU_EVERY_MS = 100;
const MEMORY_EVERY_MS = 200;

/** What the processes of a render are told apart by; `node` includes the native engine. */
export type Kind = "node" | "chrome" | "ffmpeg" | "other";

/** Numbers by kind of process. */
export type ByKind = Partial<Record<Kind, number>>;

/** Memory of a tree at one moment. */
export interface MemorySample {
  /** Since the sampler began. */
  seconds: number;
  bytes: number;
  /** Bytes by kind. */
  byKind: ByKind;
}

/** What a process tree took. All figures are 0 where there is no /proc. */
export interface TreeUse {
  /** Of all processes seen, each up to its last sample. */
  cpuSeconds: number;
  cpuByKind: ByKind;
  /** Seconds of the first threads of all Node processes. */
  scriptSeconds: number;
  peakBytes: number;
  /** Bytes at that moment. */
  peakByKind: ByKind;
  /** To disk, see {@link DiskWrites}. */
  writtenBytes?: number | undefined;
  /** Over time. */
  memory: MemorySample[];
  /**
   * Command lines of browsers and encoders, program first, in the order in which they began; what
   * Chrome starts itself is left out.
   */
  commands: { kind: Kind; args: string[] }[];
}

function systemConstant(name: string, fallback: number): number {
  if (process.platform !== "linux") return fallback;
  try {
    const text = execFileSync("getconf", [name], {
      encoding: "utf8",
      timeout: 5000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return Number(text) || fallback;
  } catch {
    return fallback;
  }
}
/** Clock ticks per second of processor times in /proc. */
const TICKS_PER_SECOND = systemConstant("CLK_TCK", 100);
const PAGE_BYTES = systemConstant("PAGESIZE", 4096);

/** @param executable path of a process */
export function kindOf(executable: string): Kind {
  const name = basename(executable);
  if (/^node(?:js)?\b/.test(name)) return "node";
  if (/chrom|headless/.test(name)) return "chrome";
  if (/^ff(?:mpeg|probe)/.test(name)) return "ffmpeg";
  return "other";
}

function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** Command line of a process: program first; empty when it is gone. */
function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}

/**
 * Bytes of one process, its proportional set: shared pages count by share, so that a sum over the tree
 * counts each page once. Resident size where the kernel gives no PSS.
 */
function memoryOf({ pid, rssPages }: ProcessStat): number {
  try {
    const kib = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    if (kib !== undefined) return Number(kib) * 1024;
  } catch {
    // Gone, or not readable.
  }
  return rssPages * PAGE_BYTES;
}

/** Processor time of a process's first thread, which is the one that runs JavaScript in Node. */
function firstThreadTicks(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}

interface Seen {
  executable: string | undefined;
  kind: Kind;
  ticks: number;
  scriptTicks: number;
  args: string[];
}

/** Samples the tree below a child of this process until stopped. */
export class TreeSampler {
  /** Last seen state by process, which stays when the process ends. */
  readonly #seen = new Map<string, Seen>();
  #alive = new Set<number>();
  readonly #timer: NodeJS.Timeout;
  #nextMemory = 0;
  readonly #began = performance.now();
  readonly #memory: MemorySample[] = [];
  readonly #writes = new DiskWrites();

  constructor(pid: number) {
    this.#alive.add(pid);
    this.#timer = setInterval(() => this.#sample(), CPU_EVERY_MS);
  }

  #sample(): void {
    // Known processes are roots too: one whose parent has ended still belongs to the render.
    const tree = descendants(this.#alive);
    this.#alive = new Set(tree.map(({ pid }) => pid));
    const kinds = tree.map((stat) => this.#look(stat));
    this.#writes.look(tree);
    if (performance.now() < this.#nextMemory) return;
    this.#nextMemory = performance.now() + MEMORY_EVERY_MS;
    const byKind: ByKind = {};
    let bytes = 0;
    for (const [index, stat] of tree.entries()) {
      const kind = kinds[index] ?? "other";
      const own = memoryOf(stat);
      byKind[kind] = (byKind[kind] ?? 0) + own;
      bytes += own;
    }
    this.#memory.push({ seconds: (performance.now() - this.#began) / 1000, bytes, byKind });
  }

  #look({ pid, start, ticks }: ProcessStat): Kind {
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
    return state.kind;
  }

  /** To be called once the child has been waited for, else its writes are missing. */
  stop(): TreeUse {
    clearInterval(this.#timer);
    const writtenBytes = this.#writes.total();
    const none: MemorySample = { seconds: 0, bytes: 0, byKind: {} };
    const peak = this.#memory.reduce(
      (most, sample) => (sample.bytes > most.bytes ? sample : most),
      none,
    );
    const cpuByKind: ByKind = {};
    let cpuSeconds = 0;
    let scriptSeconds = 0;
    const commands: TreeUse["commands"] = [];
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
 * Processor time so far of a living tree, in seconds.
 *
 * @param pid its root
 */
export function treeCpuSeconds(pid: number): number {
  return descendants([pid]).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}
