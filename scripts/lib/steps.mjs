/** The steps of `npm test`, in order. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./run.mjs";

/**
 * Cargo profile of the Rust tests. `release` shares every compiled dependency with the addon,
 * which halves a cold run on two cores; `dev` adds overflow checks and debug assertions.
 */
const TEST_PROFILE = process.env.HF_TEST_PROFILE ?? "release";

/** As in `npm run build:test`, so that the addon's library is not compiled again for the tests. */
const TEST_FEATURES = ["--features", "test-switches"];

const BIN = join(ROOT, "node_modules", ".bin");
const MINUTE = 60_000;

/**
 * @typedef {object} Step
 * @property {string} name what `--only` takes
 * @property {string} title
 * @property {"check" | "nextest" | "cargo" | "node" | "plain"} kind how its tests are counted
 * @property {number} timeoutMs
 * @property {() => string[][]} commands one after the other, until one fails; an empty list means
 *   that there is nothing to run here, which is a failure for `kind: "node"`
 * @property {() => boolean} [when] left out of the run when it says no
 */

/** @type {Step[]} */
export const STEPS = [
  check("fmt", "Rust formatting", ["cargo", "fmt", "--check"]),
  check("clippy", "Rust lints", [
    ...["cargo", "clippy", "--locked", "--all-targets", "--", "-D", "warnings"],
  ]),
  check("deny", "Rust dependencies: bans, licences, sources", [
    ...["cargo", "deny", "--locked", "check", "--hide-inclusion-graph"],
    ...["bans", "licenses", "sources"],
  ]),
  check("rooms", "Rooms and repository rules", [process.execPath, "scripts/check-rooms.mjs"]),
  check("types", "TypeScript", [join(BIN, "tsc"), "-p", "js/tsconfig.json", "--noEmit"]),
  check("biome", "JavaScript lints and formatting", [join(BIN, "biome"), "ci", ...colours(), "."]),
  {
    name: "addon",
    title: "Release addon and compiled JavaScript",
    kind: "check",
    timeoutMs: 45 * MINUTE,
    commands: () => [
      ["npm", "run", "build:test"],
      ["npm", "run", "build:js"],
    ],
  },
  {
    name: "rust",
    title: `Rust tests (${TEST_PROFILE} profile)`,
    kind: "nextest",
    timeoutMs: 45 * MINUTE,
    commands: () => [
      [process.execPath, "scripts/blend-oracle.mjs"],
      [process.execPath, "scripts/preview-oracle.mjs"],
      [
        ...["cargo", "nextest", "run", "--locked", ...TEST_FEATURES],
        ...["--cargo-profile", TEST_PROFILE, ...hostTarget()],
      ],
    ],
  },
  {
    name: "doc",
    title: "Rust documentation examples",
    kind: "cargo",
    timeoutMs: 20 * MINUTE,
    commands: () => [
      ["cargo", "test", "--locked", "--doc", ...TEST_FEATURES, "--profile", TEST_PROFILE],
    ],
    when: hasDocTests,
  },
  nodeTests("scripts", "Tests of the scripts", "scripts", 5),
  nodeTests("benches", "Tests of the benches", "benches", 5),
  nodeTests("js", "JavaScript tests", "__test__/js", 15),
  nodeTests("contract", "Contract tests with the HyperFrames versions", "__test__/contract", 30),
  // Some start four renders at a time, and measure how fast they end.
  nodeTests("e2e", "End-to-end tests", "__test__/e2e", 45, ["--test-concurrency=1"]),
  {
    name: "conformance",
    title: "Conformance with the reference renderer",
    kind: "plain",
    timeoutMs: 60 * MINUTE,
    commands: () => [[process.execPath, "__test__/conformance/run.mjs"]],
  },
];

/**
 * Runs one step, showing its output.
 *
 * @param {Step} step
 * @param {Record<string, string>} env added to the environment of its commands
 * @returns {Promise<{ code: number, output: string }>} of all its commands together
 */
export async function runStep(step, env) {
  const commands = step.commands();
  if (commands.length === 0) console.log("no test file found");
  let output = "";
  for (const [command, ...args] of commands) {
    const result = await run(command, args, {
      env,
      timeoutMs: step.timeoutMs,
      output: "tee",
      check: false,
    });
    output += result.output;
    if (result.timedOut) console.log(`killed after ${step.timeoutMs / MINUTE} minutes`);
    if (result.code === 127) console.log(`"${command}" could not be started`);
    if (result.code !== 0) return { code: result.code, output };
  }
  return { code: commands.length === 0 ? 1 : 0, output };
}

/**
 * @param {string} dir below the repository
 * @returns {string[]} paths of the test files in it, at any depth, sorted
 */
export function testFiles(dir) {
  if (!existsSync(join(ROOT, dir))) return [];
  return readdirSync(join(ROOT, dir), { recursive: true })
    .map((path) => `${dir}/${String(path).replaceAll("\\", "/")}`)
    .filter((path) => /\.test\.(?:mjs|cjs|js)$/.test(path) && !path.includes("node_modules"))
    .sort();
}

/**
 * @param {string} source Rust source text
 * @returns {boolean} whether its documentation has a code block that rustdoc would run
 */
export function containsDocTest(source) {
  let inBlock = false;
  for (const [, tags] of source.matchAll(/^\s*\/\/[/!]\s*```(.*)$/gm)) {
    if (!inBlock && !/\b(?:text|ignore|json|js|ts|html|bash|sh|toml)\b/.test(tags)) return true;
    inBlock = !inBlock;
  }
  return false;
}

function hasDocTests() {
  const files = readdirSync(join(ROOT, "src"), { recursive: true }).map(String);
  return files
    .filter((file) => file.endsWith(".rs"))
    .some((file) => containsDocTest(readFileSync(join(ROOT, "src", file), "utf8")));
}

/** Biome colours its output in a pipe too. */
function colours() {
  return process.stdout.isTTY ? [] : ["--colors=off"];
}

/** napi builds for a named target even when it is the host; without it nothing would be shared. */
function hostTarget() {
  const host = execFileSync("rustc", ["-vV"], { encoding: "utf8" }).match(/^host: (.+)$/m)?.[1];
  return host ? ["--target", host] : [];
}

function check(name, title, command) {
  return { name, title, kind: "check", timeoutMs: 30 * MINUTE, commands: () => [command] };
}

function nodeTests(name, title, dir, minutes, flags = []) {
  const commands = () => {
    const files = testFiles(dir);
    const command = [process.execPath, "--test", "--test-reporter=spec", ...flags, ...files];
    return files.length > 0 ? [command] : [];
  };
  return { name, title, kind: "node", timeoutMs: minutes * MINUTE, commands };
}
