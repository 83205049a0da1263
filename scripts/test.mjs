/**
 * Runs every check of the repository and says how many passed. Prepares the machine first.
 *
 *   npm test
 *   npm test -- --only rust,js     these steps (`--list` names them)
 *   npm test -- --skip conformance all but these
 *   npm test -- --jobs 1           one step after the other, their output as it is
 *   npm test -- --whole            also what takes long and of which quicker tests cover most
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ORACLE_DIR } from "./blend-oracle.mjs";
import { ensureRustComponents } from "./lib/cargo-tools.mjs";
import { CACHE_DIR } from "./lib/run.mjs";
import { runScheduled } from "./lib/schedule.mjs";
import { runStep, STEPS } from "./lib/steps.mjs";
import { countTests, failureExcerpt } from "./lib/test-counts.mjs";
import { browserPath, nodeForCli, setup } from "./setup.mjs";

const CARGO_STEPS = new Set(["fmt", "clippy"]);
const STEPS_THAT_RENDER = new Set(["js", "package", "contract", "e2e", "e2e-timed", "conformance"]);
/** Steps that use the compiled JavaScript, and no addon. */
const STEPS_WITH_JS = new Set(["scripts", "benches", "oracles"]);
/** Steps at a time: most of them keep one core busy and a second one now and then. */
const JOBS = 2;

/** @returns {import("./lib/steps.mjs").Step[]} */
function chooseSteps({ only, skip }) {
  const names = (list) => (list ? list.split(",").map((name) => name.trim()) : []);
  const [wanted, unwanted] = [names(only), names(skip)];
  for (const name of [...wanted, ...unwanted]) {
    if (STEPS.some((step) => step.name === name)) continue;
    throw new Error(`No step "${name}". Steps: ${STEPS.map((step) => step.name).join(", ")}`);
  }
  return STEPS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
    .filter(({ name }) => !unwanted.includes(name))
    .filter(({ when, name }) => wanted.includes(name) || !when || when());
}

/** What the tests need to know about this machine. */
function testEnvironment() {
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  return {
    HYPERFRAMES_BROWSER_PATH: browserPath(),
    HF_TEST_CLI_NODE: nodeForCli(),
    HF_BLEND_ORACLE: ORACLE_DIR,
    // Node 22 keeps compiled code there: the CLI starts 0.1 s sooner, some hundred times.
    NODE_COMPILE_CACHE: join(CACHE_DIR, "node-compile"),
    HYPERFRAMES_TELEMETRY: "0",
    DO_NOT_TRACK: "1",
    ...(colour ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : {}),
  };
}

/** Seconds since then. */
const since = (start) => (performance.now() - start) / 1000;

async function runAll(steps, jobs) {
  const env = testEnvironment();
  const beside = jobs > 1 && steps.length > 1;
  let begun = 0;
  return runScheduled(steps, jobs, async (step) => {
    begun += 1;
    console.log(`\n=== ${begun}/${steps.length} ${step.name}: ${step.title} ===`);
    const start = performance.now();
    const result = await runStep(step, env, beside ? step.name : undefined);
    const counts = countTests(step.kind, result);
    const told = counts.failed > 0 ? failureExcerpt(result.output) : "";
    const row = { name: step.name, seconds: since(start), told, ...counts };
    if (beside) console.log(`=== ${step.name} ended after ${row.seconds.toFixed(1)} s ===`);
    return row;
  });
}

/** `seconds` of all together, which is less than their sum. */
function printSummary(rows, seconds) {
  // What a step printed may be far above, and a log may have been cut there.
  for (const { name, told } of rows) if (told) console.log(`\n=== ${name} failed ===\n${told}`);
  const total = (field) => rows.reduce((sum, row) => sum + row[field], 0);
  console.log("\nstep          seconds   passed   failed  skipped");
  const line = (name, values) => name.padEnd(12) + values.map((v) => `${v}`.padStart(9)).join("");
  for (const row of rows) {
    const mark = row.failed > 0 ? "  FAILED" : "";
    const values = [row.seconds.toFixed(1), row.passed, row.failed, row.skipped];
    console.log(line(row.name, values) + mark);
  }
  const [passed, failed, skipped] = [total("passed"), total("failed"), total("skipped")];
  console.log(line("all", [seconds.toFixed(1), passed, failed, skipped]));
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      skip: { type: "string" },
      jobs: { type: "string", default: `${JOBS}` },
      whole: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  if (values.list) {
    for (const { name, title } of STEPS) console.log(`${name.padEnd(12)} ${title}`);
    return;
  }
  // Read by the steps and by tests in other processes.
  if (values.whole) process.env.HF_TEST_WHOLE = "1";
  const jobs = Number(values.jobs);
  if (!(Number.isInteger(jobs) && jobs > 0)) throw new Error(`--jobs ${values.jobs}: 1 or more`);
  const start = performance.now();
  const steps = chooseSteps(values);
  const has = (names) => steps.some(({ name }) => names.has(name));
  const lacks = (name) => !steps.some((step) => step.name === name);
  /** @type {import("./lib/build.mjs").BuildScript[]} those that no step of this run builds */
  const builds = [];
  if (has(STEPS_THAT_RENDER) && lacks("addon")) builds.push("build:test");
  if ((has(STEPS_THAT_RENDER) || has(STEPS_WITH_JS)) && lacks("dist")) builds.push("build:js");
  await setup({
    builds,
    // The steps that use them install them, beside others.
    testTools: false,
  });
  if (has(CARGO_STEPS)) await ensureRustComponents();
  console.log(`setup took ${since(start).toFixed(1)} s`);
  const rows = await runAll(steps, jobs);
  process.exitCode = printSummary(rows, since(start)) > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
});
