/** Memory, processes and open files of a process and all below it, over time. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { descendants } from "../process-tree.mjs";

const EVERY_MS = 200;
const MIB = 1 << 20;

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const kib = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);

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
 * @property {number} files that the process itself has open
 * @property {number} browsers pages' processes, one for each worker
 * @property {number} encoders processes of ffmpeg
 * @property {number} children all below it
 */

/** @param {number} pid @returns {Omit<Sample, "seconds">} */
export function look(pid) {
  const tree = descendants([pid]);
  let mib = 0;
  let browsers = 0;
  let encoders = 0;
  for (const one of tree) {
    mib += kib(read(`/proc/${one.pid}/smaps_rollup`), "Pss") / 1024;
    const command = read(`/proc/${one.pid}/cmdline`);
    if (command.includes("--type=renderer")) browsers += 1;
    if (programOf(one.pid) === "ffmpeg") encoders += 1;
  }
  let files = 0;
  try {
    files = readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // It has ended.
  }
  const ownMib = (kib(read(`/proc/${pid}/status`), "VmRSS") * 1024) / MIB;
  return { mib, ownMib, files, browsers, encoders, children: tree.length - 1 };
}

/** Looks at a process until stopped. */
export class Sampler {
  /** @type {Sample[]} */
  samples = [];
  #began = performance.now();
  #timer;

  /** @param {number} pid */
  constructor(pid) {
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - this.#began) / 1000;
      this.samples.push({ seconds, ...look(pid) });
    }, EVERY_MS);
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
