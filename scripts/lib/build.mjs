/**
 * Whether the addon and the compiled JavaScript are older than their sources, and building them.
 * The addon is the one for tests: with the switches that make a render fail on purpose.
 */
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { COUNTING, withCrateProgress } from "./crate-progress.mjs";
import { npm, ROOT } from "./run.mjs";

const NATIVE_SOURCES = ["src", "js/wire/generated.ts", "build.rs", "Cargo.toml", "Cargo.lock"];
const JS_SOURCES = ["js", "package.json", "scripts/cjs-entries.mjs"];
const JS_OUTPUT = join("dist", "cjs", "index.js");
const BUILD_TIMEOUT_MS = 45 * 60_000;

/** Only an addon built with the feature `test-switches` holds this name. */
const TEST_SWITCH = "HF_NATIVE_PANIC_AT_BLEND";

/** @typedef {"build:test" | "build:js"} BuildScript */

/** @type {BuildScript[]} in the order in which they are built */
export const BUILDS = ["build:js", "build:test"];

/** @returns {BuildScript[]} npm scripts whose output is missing or older than its sources */
export function outdatedBuilds() {
  /** @type {BuildScript[]} */
  const outdated = [];
  if (isOutdated(JS_OUTPUT, JS_SOURCES)) outdated.push("build:js");
  const addon = nativeOutput();
  if (isOutdated(addon, NATIVE_SOURCES) || !hasTestSwitches(join(ROOT, addon))) {
    outdated.push("build:test");
  }
  return outdated;
}

/** @param {BuildScript[]} scripts from `outdatedBuilds`, run in that order */
export async function build(scripts) {
  for (const script of scripts) {
    if (script === "build:test") await buildAddon();
    else await npm(["run", "--silent", script], { timeoutMs: BUILD_TIMEOUT_MS });
    // A compiler that found nothing to do leaves its output's time alone.
    const output = script === "build:test" ? nativeOutput() : JS_OUTPUT;
    if (!output || !existsSync(join(ROOT, output))) {
      throw new Error(`\`npm run ${script}\` ended well but left no output.`);
    }
    utimesSync(join(ROOT, output), new Date(), new Date());
  }
}

/** Minutes in a fresh clone, which one line counts down. What cargo says is shown if it fails. */
async function buildAddon() {
  await withCrateProgress((onText) =>
    npm(["run", "--silent", "build:test"], {
      timeoutMs: BUILD_TIMEOUT_MS,
      env: COUNTING,
      output: "capture",
      onText,
    }),
  );
}

/**
 * @param {string | undefined} output path below `root`, if there is one
 * @param {string[]} sources files and folders below `root`
 * @param {string} [root]
 * @returns {boolean}
 */
export function isOutdated(output, sources, root = ROOT) {
  if (!output || !existsSync(join(root, output))) return true;
  const built = statSync(join(root, output)).mtimeMs;
  return sources.some((source) => newestChange(join(root, source)) > built);
}

/**
 * @param {string} addon path of its file
 * @returns {boolean} whether it was built with the feature `test-switches`
 */
export function hasTestSwitches(addon) {
  return readFileSync(addon).includes(TEST_SWITCH);
}

/** Milliseconds of the newest change below a path; 0 when it does not exist. */
function newestChange(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time tells about files that were removed or renamed.
  const inside = readdirSync(path).map((name) => newestChange(join(path, name)));
  return Math.max(stat.mtimeMs, ...inside);
}

function nativeOutput() {
  const dir = join(ROOT, "native");
  const file = existsSync(dir) && readdirSync(dir).find((name) => name.endsWith(".node"));
  return file ? join("native", file) : undefined;
}
