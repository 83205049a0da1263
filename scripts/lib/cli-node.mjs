/**
 * The Node that runs the HyperFrames CLI. The CLI asks for Node 22; this package also supports
 * Node 20, so an older Node gets a second one from the npm registry, inside `.cache/`.
 * `HYPERFRAMES_NATIVE_NODE` names another one.
 */
import { join } from "node:path";
import { CACHE_DIR, isExecutable, npm } from "./run.mjs";

const WANTED_MAJOR = 22;
const PREFIX = join(CACHE_DIR, `node${WANTED_MAJOR}`);

/**
 * @returns {string} absolute path of a Node that the HyperFrames CLI accepts
 * @throws {Error} when the running one is too old and no other was installed
 */
export function nodeForCli() {
  const found = findNodeForCli();
  if (found) return found;
  throw new Error(
    `The HyperFrames CLI needs Node ${WANTED_MAJOR}, this is ${process.version}. ` +
      "Run `node scripts/setup.mjs`.",
  );
}

/** @returns {string | undefined} like `nodeForCli`, without the error */
export function findNodeForCli() {
  if (process.env.HYPERFRAMES_NATIVE_NODE) return process.env.HYPERFRAMES_NATIVE_NODE;
  if (Number(process.versions.node.split(".")[0]) >= WANTED_MAJOR) return process.execPath;
  const path = installedPath();
  return isExecutable(path) ? path : undefined;
}

/** Installs a Node of the wanted major version under `.cache/`. */
export async function installNodeForCli() {
  // The `node` package only picks one of these in an install script; this names it directly.
  const spec = `${packageName()}@${WANTED_MAJOR}`;
  const flags = ["--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"];
  await npm(["install", "--prefix", PREFIX, ...flags, spec], { output: "capture" });
  if (!isExecutable(installedPath())) {
    throw new Error(`${spec} brought no Node binary. Install Node ${WANTED_MAJOR} by hand.`);
  }
}

function installedPath() {
  const binary = process.platform === "win32" ? "node.exe" : "node";
  return join(PREFIX, "node_modules", packageName(), "bin", binary);
}

function packageName() {
  const system = process.platform === "win32" ? "win" : process.platform;
  return `node-${system}-${process.arch}`;
}
