/** Starts programs, watches what they print and never lets them outlive their test. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installedCli, newerNode } from "../../contract/environment.mjs";
import { findPackageBin } from "./cli-bin.mjs";
import { noteSession } from "./processes.mjs";
import { MARK } from "./workspace.mjs";

const fromRoot = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const TIMEOUT_MS = 90_000;

/** The command under test. */
export const WRAPPER = fromRoot("bin/hyperframes-native.js");
/** The load hook, as a URL for `--import`. */
export const REGISTER = new URL("../../../dist/register.js", import.meta.url).href;
const FACADE_CHILD = fileURLToPath(new URL("facade-child.mjs", import.meta.url));

/**
 * @typedef {object} Finished
 * @property {number | null} code
 * @property {string | null} signal
 * @property {string} stdout
 * @property {string} stderr
 * @property {string} text both, in the order they came
 * @property {number} ms it ran
 * @property {boolean} timedOut killed because it did not end
 */

/**
 * @typedef {object} Running
 * @property {import("node:child_process").ChildProcess} child
 * @property {Promise<Finished>} done never rejects
 * @property {(pattern: RegExp, withinMs?: number) => Promise<RegExpMatchArray>} printed resolves
 *   when the output matches
 */

/**
 * @param {string} file
 * @param {string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd: string, timeoutMs?: number }} options
 * @returns {Running}
 */
export function start(file, args, { env, cwd, timeoutMs = TIMEOUT_MS }) {
  const began = performance.now();
  // Leader of a session of its own, by which its descendants are found.
  const child = spawn(file, args, { env, cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  noteSession(env[MARK], child.pid);
  const said = { stdout: "", stderr: "", text: "" };
  const listeners = new Set();
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (chunk) => {
      said[name] += chunk;
      said.text += chunk;
      for (const listener of listeners) listener();
    });
  }
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve([null, String(error)]));
    // Not "close": a process that was left behind may hold the pipes open.
    child.once("exit", (code, signal) => setTimeout(() => resolve([code, signal]), 50));
  });
  const done = ended.then(([code, signal]) => {
    clearTimeout(timer);
    for (const listener of listeners) listener();
    return { code, signal, ...said, ms: performance.now() - began, timedOut };
  });
  const printed = (pattern, withinMs = 30_000) =>
    new Promise((resolve, reject) => {
      const stop = (settle, value) => {
        clearTimeout(late);
        listeners.delete(look);
        settle(value);
      };
      const look = () => {
        const match = said.text.match(pattern);
        if (match) stop(resolve, match);
      };
      const fail = (why) =>
        stop(reject, new Error(`${pattern} was not printed ${why}:\n${said.text}`));
      const late = setTimeout(() => fail(`within ${withinMs} ms`), withinMs);
      listeners.add(look);
      done.then(() => fail("before the end"));
      look();
    });
  return { child, done, printed };
}

/**
 * Starts the CLI.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {string[]} args for the CLI
 * @param {object} [options]
 * @param {"wrapper" | "register" | "upstream"} [options.by] how the native engine gets in; with
 *   "upstream" it does not
 * @param {string} [options.version] CLI version, default the installed one
 * @param {Record<string, string>} [options.env]
 * @param {number} [options.timeoutMs]
 * @returns {Promise<Running>}
 */
export async function startCli(ws, args, { by = "wrapper", version, env = {}, timeoutMs } = {}) {
  const node = await newerNode();
  const cwd = version ? installedCli(version) : ws.dir;
  if (by === "wrapper") {
    return start(node, [WRAPPER, ...args], { cwd, env: ws.env(env), timeoutMs });
  }
  const script = findPackageBin(version ? cwd : fromRoot("."), "hyperframes");
  const plain = [script, ...args];
  if (by === "upstream") return start(node, plain, { cwd, env: ws.env(env), timeoutMs });
  const hooked = ws.env({ NODE_OPTIONS: `--import=${REGISTER}`, ...env });
  return start(node, plain, { cwd, env: hooked, timeoutMs });
}

/**
 * Runs the CLI to its end.
 *
 * @param {Parameters<typeof startCli>} args
 * @returns {Promise<Finished>}
 */
export async function cli(...args) {
  return (await startCli(...args)).done;
}

/**
 * Starts a process that calls `renderJob` once and prints what came of it as one JSON line.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {object} request see `facade-child.mjs`
 * @param {object} [options]
 * @param {Record<string, string>} [options.env]
 * @param {number} [options.timeoutMs]
 * @param {string[]} [options.by] command that starts it, such as one that changes the user
 * @returns {Running & { outcome: Promise<any> }}
 */
export function startFacade(ws, request, { env = {}, timeoutMs, by = [] } = {}) {
  const [file, ...args] = [...by, process.execPath, FACADE_CHILD, JSON.stringify(request)];
  const running = start(file, args, { cwd: ws.dir, env: ws.env(env), timeoutMs });
  const outcome = running.done.then((end) => {
    const line = end.stdout.trim().split("\n").at(-1) ?? "";
    if (!line.startsWith("{")) throw new Error(`no outcome (code ${end.code}):\n${end.text}`);
    return { ...JSON.parse(line), process: end };
  });
  return { ...running, outcome };
}

/** Runs `renderJob` in a process of its own. @param {Parameters<typeof startFacade>} args */
export const facade = (...args) => startFacade(...args).outcome;
