/** The published compositing engine of HyperFrames, whose transitions are the measure of ours. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CACHE_DIR, npm } from "./run.mjs";

/** The version compared with; its transitions are those of every 0.8 release so far. */
export const ENGINE_VERSION = "0.8.33";

const PACKAGE = "@hyperframes/engine";
const DIR = join(CACHE_DIR, "engine", ENGINE_VERSION);
const INSTALLED = join(DIR, "node_modules", PACKAGE);

/** Installs it under `.cache/` unless it is there, running none of its install scripts. */
export async function installEngine() {
  const manifest = join(INSTALLED, "package.json");
  if (existsSync(manifest)) {
    const { version } = JSON.parse(readFileSync(manifest, "utf8"));
    if (version === ENGINE_VERSION) return;
  }
  mkdirSync(DIR, { recursive: true });
  const overrides = { linkedom: "0.18.12" };
  writeFileSync(
    join(DIR, "package.json"),
    JSON.stringify({ name: "compared-with", private: true, overrides }),
  );
  // The engine asks for Node 22; its transitions run on any.
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await npm(["install", ...flags, "--engine-strict=false", `${PACKAGE}@${ENGINE_VERSION}`], {
    cwd: DIR,
    env: { PUPPETEER_SKIP_DOWNLOAD: "1" },
    output: "capture",
  });
}

/**
 * @typedef {(from: Buffer, to: Buffer, out: Buffer, width: number, height: number,
 *   progress: number) => void} UpstreamTransition
 * @returns {Promise<Record<string, UpstreamTransition>>} the engine's transitions by name
 */
export async function loadEngineTransitions() {
  const file = join(INSTALLED, "dist", "utils", "shaderTransitions.js");
  const { TRANSITIONS } = await import(pathToFileURL(file).href);
  return TRANSITIONS;
}
