/**
 * Runs the `hyperframes` CLI with one of two engines, "upstream" (its own) or "native" (this
 * package's), and with everything else equal.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { runChild, tailOf } from "../../dist/bench/child.js";
import { findBrowser } from "../../scripts/lib/browser.mjs";
import { nodeForCli } from "../../scripts/lib/cli-node.mjs";
import { repoRoot } from "../../scripts/materialize.mjs";

const require = createRequire(import.meta.url);
/** The installed CLI: `bin`, absolute, and its `version`. */
export function upstreamCli() {
  const manifest = require.resolve("hyperframes/package.json");
  const { version, bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const file = typeof bin === "string" ? bin : bin.hyperframes;
  return { bin: path.join(path.dirname(manifest), file), version };
}

/** The script that renders with the native engine; HYPERFRAMES_CONFORMANCE_CLI names another one. */
export function nativeCli() {
  return (
    process.env.HYPERFRAMES_CONFORMANCE_CLI || path.join(repoRoot, "bin", "hyperframes-native.js")
  );
}

/** First line of `file --version` or `-version`, "" when it cannot be run. */
export function versionLine(file, flag) {
  if (!file) return "";
  try {
    return execFileSync(file, [flag], { encoding: "utf8", timeout: 20_000 }).split("\n")[0];
  } catch {
    return "";
  }
}

/**
 * Command line and environment of one render.
 * @param {"upstream" | "native"} engine
 * @param {string} project folder
 * @param {string} output file
 * @param {string[]} flags of `hyperframes render`
 * @param {"" | "reference" | "lossless"} lane the native engine is to capture with; "" leaves the choice to it
 * @returns {{file: string, args: string[], env: NodeJS.ProcessEnv}}
 */
export function renderCommand(engine, project, output, flags, lane = "") {
  const env = { ...process.env, HYPERFRAMES_TELEMETRY: "0", DO_NOT_TRACK: "1" };
  env.HYPERFRAMES_NATIVE = engine === "native" ? "only" : "off";
  env.HF_NATIVE_LANE = lane;
  // The CLI copies every project that it renders; not into somebody's home.
  env.HYPERFRAMES_HISTORY_ROOT = path.join(path.dirname(output), "history");
  const browser = findBrowser();
  if (browser) env.HYPERFRAMES_BROWSER_PATH = browser;
  const script = engine === "native" ? nativeCli() : upstreamCli().bin;
  if (!existsSync(script))
    throw new Error(`${script} does not exist; build the package first (npm run build)`);
  return { file: nodeForCli(), args: [script, "render", project, "-o", output, ...flags], env };
}

/** The user stopped the run; nothing of the render is left. */
export class InterruptedError extends Error {
  exitCode = 130;
}

/**
 * Runs work that ends with the whole run.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {InterruptedError} after SIGINT or SIGTERM, once the work has ended
 */
export async function interruptible(work) {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new InterruptedError("interrupted"));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/**
 * Renders and waits.
 * @param {ReturnType<typeof renderCommand>} command
 * @param {{timeoutMs: number, onStart?: (pid: number) => void, onText?: (text: string) => void}} options
 * @returns {Promise<{code: number | null, seconds: number, tail: string, timedOut: boolean}>}
 *   `tail`: the last lines of both outputs. Never leaves a process behind.
 * @throws {InterruptedError} after SIGINT or SIGTERM
 */
export async function runRender(command, options) {
  const { text, ...end } = await interruptible((signal) =>
    runChild(command, { ...options, signal }),
  );
  return { ...end, tail: tailOf(text) };
}
