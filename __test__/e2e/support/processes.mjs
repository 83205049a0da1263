/**
 * The processes of one workspace, and only those: other browsers may run on the machine. They are
 * known by the session that a program was started in, which a browser's helpers do not leave; for
 * those who do, by the environment and by the workspace's folder in their arguments.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readStat } from "../../../dist/bench/process-tree.js";

const LOOK_EVERY_MS = 50;

/**
 * @typedef {object} ProcessInfo
 * @property {number} pid
 * @property {string} command arguments, joined by blanks
 */

/** Sessions (process ids of their leaders) by folder of their workspace. */
const sessions = new Map();

/**
 * Remembers that a program was started as the leader of a session of its own.
 *
 * @param {string} dir of the workspace
 * @param {number | undefined} leader
 */
export function noteSession(dir, leader) {
  if (leader === undefined) return;
  if (!sessions.has(dir)) sessions.set(dir, new Set());
  sessions.get(dir).add(leader);
}

/**
 * @param {string} dir of the workspace
 * @returns {ProcessInfo[]} living processes that belong to it
 */
export function processesOf(dir) {
  return list(dir).filter(({ pid }) => pid !== process.pid);
}

/** The browsers a render has started, without their helper processes. @param {string} dir */
export const browsersOf = (dir) =>
  processesOf(dir).filter(
    ({ command }) => / --user-data-dir=/.test(command) && !/ --type=|^\S*sh /.test(command),
  );

/** The processes of pages. @param {string} dir */
export const pagesOf = (dir) =>
  processesOf(dir).filter(({ command }) => / --type=renderer /.test(command));

/** The processes that composite. @param {string} dir */
export const gpuProcessesOf = (dir) =>
  processesOf(dir).filter(({ command }) => / --type=gpu-process /.test(command));

/** @param {string} dir */
export const encodersOf = (dir) =>
  processesOf(dir).filter(({ command }) => /ffmpeg .*-c:v libx26[45]/.test(command));

/** Those that decode sources: they read a file of the project. @param {{ dir: string, project: string }} ws */
export const decodersOf = ({ dir, project }) =>
  processesOf(dir).filter(
    ({ command }) => /^\S*ffmpeg /.test(command) && command.includes(`${project}/`),
  );

/**
 * Waits until no process of the workspace lives any more.
 *
 * @param {string} dir
 * @param {number} withinMs
 * @returns {Promise<string[]>} command lines of those that still live then; empty is good
 */
export async function survivors(dir, withinMs = 2000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = processesOf(dir);
    if (left.length === 0 || Date.now() >= deadline) {
      return left.map(({ pid, command }) => `${pid} ${command.slice(0, 120)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Waits for something to appear.
 *
 * @template T
 * @param {() => T | undefined | false} look
 * @param {string} what for the message
 * @param {number} withinMs
 * @returns {Promise<T>}
 */
export async function until(look, what, withinMs = 20_000) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() >= deadline) throw new Error(`no ${what} within ${withinMs} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Waits until an encoder has been given frames, and is there to be given more. Progress lines do not
 * tell: a render that began ahead of its job may be over when the first is printed.
 *
 * @param {string} dir
 * @param {number} [bytes] that it has read; what a program reads to start is much less than the default
 * @param {number} [withinMs]
 * @returns {Promise<ProcessInfo>}
 */
export const encoding = (dir, bytes = 2e6, withinMs = 20_000) =>
  until(
    () => encodersOf(dir).find(({ pid }) => bytesRead(pid) >= bytes),
    "encoder with frames",
    withinMs,
  );

/** What a process has read so far, pipes too; more than anybody asks for where nobody tells. */
function bytesRead(pid) {
  if (!existsSync("/proc/self/io")) return Number.POSITIVE_INFINITY;
  return Number(/^rchar: (\d+)$/m.exec(read(`/proc/${pid}/io`))?.[1] ?? 0);
}

/** Ends what a failed test has left behind. @param {string} dir */
export function killRemaining(dir) {
  for (const { pid } of processesOf(dir)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
}

// Programs in sessions of their own do not hear a terminal's Ctrl-C.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const dir of sessions.keys()) killRemaining(dir);
    process.kill(process.pid, signal);
  });
}

function list(dir) {
  return existsSync("/proc/self/environ") ? fromProc(dir) : fromPs(dir);
}

function fromProc(dir) {
  const found = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (!stat) continue;
    const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ");
    const belongs =
      sessions.get(dir)?.has(stat.session) ||
      command.includes(dir) ||
      read(`/proc/${name}/environ`).includes(dir);
    if (belongs) found.push({ pid: Number(name), command });
  }
  return found;
}

function fromPs(dir) {
  const lines = execFileSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8" });
  return lines
    .split("\n")
    .filter((line) => line.includes(dir))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.replace(/^\s*\d+ /, "") }));
}

function read(path) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
