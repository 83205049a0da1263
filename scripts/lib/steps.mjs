/** The steps of `npm test`. */
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
/** Tests that start up to four renders at a time, and say when they have to have ended. */
const TIMED = "__test__/e2e/timed";

/**
 * @typedef {object} Step
 * @property {string} name what `--only` takes
 * @property {string} title
 * @property {"check" | "nextest" | "cargo" | "node" | "plain"} kind how its tests are counted
 * @property {number} timeoutMs of each command
 * @property {() => string[][]} commands one after the other, until one fails; an empty list means
 *   that there is nothing to run here, which is a failure for `kind: "node"`
 * @property {() => boolean} [when] left out of the run when it says no
 * @property {string[]} [after] steps that have to have ended before
 * @property {boolean} [alone] nothing else may run beside it
 */

/**
 * In the order in which they start, as far as `after` and `alone` allow. While the compiler works,
 * small steps run beside it; what renders on all cores, or measures time, has the machine alone.
 *
 * @type {Step[]}
 */
export const STEPS = [
  check("dist", "Compiled JavaScript", () => [["npm", "run", "build:js"]]),
  {
    ...check("addon", "Release addon", () => [["npm", "run", "build:test"]]),
    timeoutMs: 45 * MINUTE,
    after: ["dist"],
  },
  check("deny", "Rust dependencies: bans, licences, sources", () => [
    installed("cargo-deny"),
    [
      ...["cargo", "deny", "--locked", "check", "--hide-inclusion-graph"],
      ...["bans", "licenses", "sources"],
    ],
  ]),
  check("fmt", "Rust formatting", () => [["cargo", "fmt", "--check"]]),
  check("rooms", "Rooms and repository rules", () => [script("check-rooms.mjs")]),
  check("waits", "Every wait has a deadline or a row in docs/waits.md", () => [
    script("check-waits.mjs"),
  ]),
  check("types", "TypeScript", () => [[join(BIN, "tsc"), "-p", "js/tsconfig.json", "--noEmit"]]),
  check("biome", "JavaScript lints and formatting", () => [
    [join(BIN, "biome"), "ci", ...colours(), "."],
  ]),
  nodeTests("scripts", "Tests of the scripts", "scripts", 5, { after: ["dist"] }),
  nodeTests("benches", "Tests of the benches", "benches", 5, { after: ["dist"] }),
  {
    ...check(
      "oracles",
      "Transitions drawn by upstream and by a browser, to compare ours with",
      oracles,
    ),
    after: ["dist"],
  },
  {
    // After the addon, whose build scripts and macros it shares.
    ...check("clippy", "Rust lints", () => [
      [
        ...["cargo", "clippy", "--locked", "--all-targets", ...TEST_FEATURES],
        ...["--profile", TEST_PROFILE, ...hostTarget(), "--", "-D", "warnings"],
      ],
    ]),
    after: ["addon"],
  },
  {
    ...check("rust-build", `Rust tests compile (${TEST_PROFILE} profile)`, () => [
      installed("cargo-nextest"),
      [...nextest(), "--no-run"],
    ]),
    timeoutMs: 45 * MINUTE,
    after: ["addon", "clippy"],
  },
  nodeTests("js", "JavaScript tests", "__test__/js", 15, { after: ["addon"] }),
  nodeTests("package", "The package as it is published", "__test__/package", 10, {
    after: ["addon"],
  }),
  nodeTests("contract", "Contract tests with the HyperFrames versions", "__test__/contract", 30, {
    after: ["addon"],
  }),
  {
    name: "rust",
    title: `Rust tests (${TEST_PROFILE} profile)`,
    kind: "nextest",
    timeoutMs: 45 * MINUTE,
    // Only the last has anything to do, unless this step alone was asked for.
    commands: () => [...oracles(), installed("cargo-nextest"), nextest()],
    after: ["rust-build", "oracles"],
    alone: true,
  },
  {
    name: "doc",
    title: "Rust documentation examples",
    kind: "cargo",
    timeoutMs: 20 * MINUTE,
    commands: () => [
      [
        ...["cargo", "test", "--locked", "--doc", ...TEST_FEATURES],
        ...["--profile", TEST_PROFILE, ...hostTarget()],
      ],
    ],
    when: hasDocTests,
    after: ["rust-build"],
  },
  nodeTests("e2e", "End-to-end tests", "__test__/e2e", 45, {
    flags: ["--test-concurrency=2"],
    without: TIMED,
    after: ["addon"],
    alone: true,
  }),
  nodeTests("e2e-timed", "End-to-end tests that measure how fast renders end", TIMED, 30, {
    flags: ["--test-concurrency=1"],
    after: ["addon"],
    alone: true,
  }),
  {
    name: "conformance",
    title: "Conformance with upstream",
    kind: "plain",
    timeoutMs: 60 * MINUTE,
    commands: () => [[process.execPath, "__test__/conformance/run.mjs", ...quick()]],
    after: ["addon"],
    alone: true,
  },
];

/**
 * Runs one step, showing its output.
 *
 * @param {Step} step
 * @param {Record<string, string>} env added to the environment of its commands
 * @param {string} [label] before every line of it
 * @returns {Promise<{ code: number, output: string }>} of all its commands together
 */
export async function runStep(step, env, label) {
  const commands = step.commands();
  if (commands.length === 0) console.log("no test file found");
  let output = "";
  for (const [command, ...args] of commands) {
    const result = await run(command, args, {
      env,
      timeoutMs: step.timeoutMs,
      output: "tee",
      label,
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
 * @param {string} [without] a folder in it whose files are left out
 * @returns {string[]} paths of the test files in it, at any depth, sorted
 */
export function testFiles(dir, without) {
  if (!existsSync(join(ROOT, dir))) return [];
  return readdirSync(join(ROOT, dir), { recursive: true })
    .map((path) => `${dir}/${String(path).replaceAll("\\", "/")}`)
    .filter((path) => /\.test\.(?:mjs|cjs|js)$/.test(path) && !path.includes("node_modules"))
    .filter((path) => without === undefined || !path.startsWith(`${without}/`))
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

/** Without `npm test -- --whole`, the fixtures of which others cover most are left out. */
function quick() {
  return process.env.HF_TEST_WHOLE === "1" ? [] : ["--quick"];
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

function oracles() {
  return [script("blend-oracle.mjs"), script("preview-oracle.mjs")];
}

/** Compiles and runs the Rust tests. */
function nextest() {
  const profile = ["--cargo-profile", TEST_PROFILE];
  return ["cargo", "nextest", "run", "--locked", ...TEST_FEATURES, ...profile, ...hostTarget()];
}

/** Installs a cargo tool where it is missing. */
function installed(tool) {
  return script("lib/cargo-tools.mjs", tool);
}

function script(file, ...args) {
  return [process.execPath, `scripts/${file}`, ...args];
}

function check(name, title, commands) {
  return { name, title, kind: "check", timeoutMs: 30 * MINUTE, commands };
}

function nodeTests(name, title, dir, minutes, { flags = [], without, ...more } = {}) {
  const commands = () => {
    const files = testFiles(dir, without);
    const command = [process.execPath, "--test", "--test-reporter=spec", ...flags, ...files];
    return files.length > 0 ? [command] : [];
  };
  return { name, title, kind: "node", timeoutMs: minutes * MINUTE, commands, ...more };
}
