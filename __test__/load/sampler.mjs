/** Memory, processes and open files of a process and all below it, over time. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { descendants } from "../../dist/bench/process-tree.js";

const OFTEN_MS = 200;

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A number of one of the system's tables; KiB where it is memory. */
const numberOf = (text, name) =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);

function programOf(pid) {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return "";
  }
}

/**
 * @typedef {object} Sample
 * @property {number} seconds
 * @property {number} mib proportional set size of all
 * @property {number} ownMib resident set size of the process itself
 * @property {number} ownPssMib its proportional set size
 * @property {number} browsersMib proportional set size of all browsers
 * @property {number} ffmpegMib proportional set size of all encoders and decoders
 * @property {number} files that the process itself has open
 * @property {number} threads of the process itself
 * @property {number} browsers pages' processes, one for each worker
 * @property {number} encoders processes of ffmpeg
 * @property {number} children all below it
 */

/** @param {number} pid @returns {Omit<Sample, "seconds">} */
export function look(pid) {
  const tree = descendants([pid]);
  const seen = { mib: 0, ownPssMib: 0, browsersMib: 0, ffmpegMib: 0, browsers: 0, encoders: 0 };
  for (const one of tree) {
    const mib = numberOf(read(`/proc/${one.pid}/smaps_rollup`), "Pss") / 1024;
    const [program, command] = [programOf(one.pid), read(`/proc/${one.pid}/cmdline`)];
    seen.mib += mib;
    if (one.pid === pid) seen.ownPssMib = mib;
    if (/chrom|headless/.test(program)) seen.browsersMib += mib;
    if (command.includes("--type=renderer")) seen.browsers += 1;
    if (program === "ffmpeg") {
      seen.encoders += 1;
      seen.ffmpegMib += mib;
    }
  }
  let files = 0;
  try {
    files = readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has ended.
  }
  const status = read(`/proc/${pid}/status`);
  const ownMib = numberOf(status, "VmRSS") / 1024;
  return {
    ...seen,
    ownMib,
    files,
    threads: numberOf(status, "Threads"),
    children: tree.length - 1,
  };
}

/** Looks at a process until stopped. */
export class Sampler {
  /** @type {Sample[]} */
  samples = [];
  #began = performance.now();
  #timer;

  /** @param {number} pid @param {number} [everyMs] */
  constructor(pid, everyMs = OFTEN_MS) {
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - this.#began) / 1000;
      this.samples.push({ seconds, ...look(pid) });
    }, everyMs);
  }

  /** The most of each at any time. @returns {Record<string, number>} */
  stop() {
    clearInterval(this.#timer);
    const most = {};
    for (const sample of this.samples) {
      for (const [name, value] of Object.entries(sample)) {
        most[name] = Math.max(most[name] ?? 0, Math.round(value));
      }
    }
    return most;
  }
}
