/**
 * Installs what the contract test runs: published versions of the CLI and of the producer, and a Node
 * that runs them.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNodeForCli, installNodeForCli, nodeForCli } from "../../scripts/lib/cli-node.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache");
const INSTALL_MS = 600_000;

/** A folder from which `hyperframes@version` is found; installed there unless it already is. */
export function installedCli(version) {
  if (versionIn(ROOT) === version) return ROOT;
  const dir = join(CACHE, "cli", version);
  if (versionIn(dir) !== version) {
    install(dir, `hyperframes@${version}`, { linkedom: "0.18.12" });
  }
  return dir;
}

/** The newest producer on npm. It is a release behind the one in the CLI. */
const PRODUCER = "0.8.64";

/**
 * A folder from which `@hyperframes/producer` is found. Its few imports are found in this repository:
 * the modules in it are bundles.
 */
export function installedProducer() {
  const dir = join(CACHE, "producer", PRODUCER);
  const target = join(dir, "node_modules", "@hyperframes", "producer");
  if (existsSync(join(target, "package.json"))) return dir;
  const fresh = join(dir, `fresh-${process.pid}`);
  mkdirSync(fresh, { recursive: true });
  npm(fresh, ["pack", `@hyperframes/producer@${PRODUCER}`]);
  execFileSync("tar", ["-xzf", `hyperframes-producer-${PRODUCER}.tgz`], { cwd: fresh });
  mkdirSync(join(dir, "node_modules", "@hyperframes"), { recursive: true });
  try {
    renameSync(join(fresh, "package"), target);
  } catch (error) {
    // Another test was faster.
    if (!existsSync(join(target, "package.json"))) throw error;
  }
  rmSync(fresh, { recursive: true });
  return dir;
}

/** A Node that the CLI accepts: the one named, this one, or one installed from npm. */
export async function newerNode() {
  const named = process.env.HYPERFRAMES_NATIVE_NODE ?? process.env.HF_TEST_CLI_NODE;
  if (named) return named;
  if (!findNodeForCli()) await installNodeForCli();
  return nodeForCli();
}

function versionIn(dir) {
  const file = join(dir, "node_modules", "hyperframes", "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : undefined;
}

function install(dir, what, overrides) {
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({ name: "under-test", private: true, overrides }),
  );
  npm(dir, ["install", "--ignore-scripts", "--no-audit", "--no-fund", what]);
}

/** Runs npm, without output but for errors. */
export function npm(cwd, args, timeout = INSTALL_MS) {
  execFileSync(
    process.platform === "win32" ? "npm.cmd" : "npm",
    [...args, "--fetch-retries=5", "--loglevel=error"],
    {
      cwd,
      timeout,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, PUPPETEER_SKIP_DOWNLOAD: "1" },
    },
  );
}
