/**
 * Child processes for the repository's own scripts: every one has a deadline, leads its own
 * process group, and is killed with that group when this process ends or is interrupted.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Everything the scripts install for themselves lives here; deleting it is always safe. */
export const CACHE_DIR = join(ROOT, ".cache");

/** Where cargo tools that were missing are installed, see `cargo-tools.mjs`. */
export const CARGO_TOOLS_DIR = join(CACHE_DIR, "cargo-tools");

const WINDOWS = process.platform === "win32";
const DEFAULT_TIMEOUT_MS = 20 * 60_000;
const KILL_GRACE_MS = 5_000;
const KEPT_OUTPUT_CHARS = 4_000_000;
/** By `output`. */
const STDIO = {
  inherit: ["inherit", "inherit"],
  capture: ["pipe", "pipe"],
  stdout: ["pipe", "inherit"],
  tee: ["pipe", "pipe"],
};

/** @type {Set<import("node:child_process").ChildProcess>} */
const live = new Set();
let handlersInstalled = false;
/** @type {string | undefined} */
let interruptedBy;

/** A command that could not be started, ended badly or ran out of time. */
export class CommandError extends Error {
  /**
   * @param {string} message
   * @param {{ code: number | null, output: string }} details
   */
  constructor(message, { code, output }) {
    super(message);
    this.name = "CommandError";
    this.code = code;
    this.output = output;
  }
}

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {string[]} [args]
 * @param {object} [options]
 * @param {string} [options.cwd] defaults to the repository
 * @param {Record<string, string | undefined>} [options.env] added to this process's environment
 * @param {number} [options.timeoutMs] after it the whole process group is killed
 * @param {"inherit" | "capture" | "stdout" | "tee"} [options.output] `tee` shows the output and keeps it,
 *   `stdout` keeps that alone and shows stderr
 * @param {(text: string) => void} [options.onText] gets what is kept, as it comes
 * @param {string} [options.label] stands before every line that `tee` shows, so that what runs at the
 *   same time can be told apart
 * @param {boolean} [options.check] throw on a non-zero exit (default true)
 * @returns {Promise<{ code: number, output: string, timedOut: boolean }>} `code` is 127 when the
 *   command does not exist and 128 + n after signal n; `output` is empty for `inherit`
 * @throws {CommandError} when `check` holds and the command fails, and always once this process
 *   was told to stop
 */
export async function run(command, args = [], options = {}) {
  const { cwd = ROOT, env = {}, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { output: mode = "inherit", check = true, label, onText } = options;
  installHandlers();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: searchPath(), ...env },
    stdio: ["ignore", ...STDIO[mode]],
    detached: !WINDOWS,
    // npm is a batch file on Windows, which only a shell can start.
    shell: WINDOWS && !/\.exe$/i.test(command),
  });
  live.add(child);
  let output = "";
  for (const name of ["stdout", "stderr"]) {
    const shown = mode === "tee" ? labelled(label, process[name]) : undefined;
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT_CHARS);
      shown?.write(chunk);
      onText?.(chunk);
    };
    child[name]?.setEncoding("utf8").on("data", keep);
    child[name]?.once("end", () => shown?.end());
  }

  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    signalGroup(child, "SIGKILL");
  }, timeoutMs);
  const code = await new Promise((done) => {
    child.once("error", (error) => done(error.code === "ENOENT" ? 127 : 126));
    child.once("close", (status, signal) => done(status ?? 128 + signalNumber(signal)));
  });
  clearTimeout(deadline);
  live.delete(child);

  if (interruptedBy) throw new CommandError(`stopped by ${interruptedBy}`, { code, output });
  if (check && (code !== 0 || timedOut)) {
    const how = timedOut ? `did not end within ${timeoutMs / 1000} s` : `ended with code ${code}`;
    const shown = mode === "capture" && output ? `\n${output.trim()}` : "";
    throw new CommandError(`\`${[command, ...args].join(" ")}\` ${how}${shown}`, { code, output });
  }
  return { code: timedOut && code === 0 ? 124 : code, output, timedOut };
}

/** Passes text on, line by line behind the label if there is one. */
function labelled(label, stream) {
  if (!label) return { write: (text) => stream.write(text), end() {} };
  let rest = "";
  const show = (line) => stream.write(`${label} | ${line}\n`);
  return {
    write(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) show(line);
    },
    end: () => rest && show(rest),
  };
}

/**
 * Runs npm, the one that started this script if there is one.
 *
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function npm(args, options) {
  const own = process.env.npm_execpath;
  const fromNpm = own && /npm-cli\.c?js$/.test(own);
  return fromNpm ? run(process.execPath, [own, ...args], options) : run("npm", args, options);
}

/**
 * @param {string} name
 * @returns {string | undefined} absolute path of an executable on the search path
 */
export function which(name) {
  for (const dir of searchPath().split(delimiter)) {
    if (!dir) continue;
    const candidate = join(dir, WINDOWS ? `${name}.exe` : name);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/**
 * @param {string} path
 * @returns {boolean} whether this user may execute that file
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function searchPath() {
  const cargo = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
  return [process.env.PATH ?? "", cargo, join(CARGO_TOOLS_DIR, "bin")].join(delimiter);
}

/** On the first signal the children get it too, and every `run` from then on throws. */
function installHandlers() {
  if (handlersInstalled) return;
  handlersInstalled = true;
  process.on("exit", () => signalAll("SIGKILL"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      const exitCode = 128 + signalNumber(signal);
      if (live.size === 0) process.exit(exitCode);
      interruptedBy = signal;
      process.once("exit", () => {
        process.exitCode = exitCode;
      });
      signalAll(signal);
      setTimeout(() => process.exit(exitCode), KILL_GRACE_MS).unref();
    });
  }
}

function signalAll(signal) {
  for (const child of live) signalGroup(child, signal);
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (WINDOWS) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1;
}
