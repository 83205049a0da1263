/**
 * Runs every check of the repository and says how many passed. Prepares the machine first.
 *
 *   npm test
 *   npm test -- --only rust,js     these steps (`--list` names them)
 *   npm test -- --skip conformance all but these
 */
import { parseArgs } from "node:util";
import { ORACLE_DIR } from "./blend-oracle.mjs";
import { runStep, STEPS } from "./lib/steps.mjs";
import { countTests } from "./lib/test-counts.mjs";
import { browserPath, nodeForCli, setup } from "./setup.mjs";

const CARGO_STEPS = new Set(["fmt", "clippy", "deny", "rust", "doc"]);
const STEPS_THAT_RENDER = new Set(["js", "contract", "e2e", "conformance"]);

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
    HYPERFRAMES_TELEMETRY: "0",
    DO_NOT_TRACK: "1",
    ...(colour ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : {}),
  };
}

async function runAll(steps) {
  const env = testEnvironment();
  const rows = [];
  for (const [index, step] of steps.entries()) {
    console.log(`\n=== ${index + 1}/${steps.length} ${step.name}: ${step.title} ===`);
    const start = performance.now();
    const result = await runStep(step, env);
    const seconds = (performance.now() - start) / 1000;
    rows.push({ name: step.name, seconds, ...countTests(step.kind, result) });
  }
  return rows;
}

function printSummary(rows) {
  const total = (field) => rows.reduce((sum, row) => sum + row[field], 0);
  console.log("\nstep          seconds   passed   failed  skipped");
  const line = (name, values) => name.padEnd(12) + values.map((v) => `${v}`.padStart(9)).join("");
  for (const row of rows) {
    const mark = row.failed > 0 ? "  FAILED" : "";
    const values = [row.seconds.toFixed(1), row.passed, row.failed, row.skipped];
    console.log(line(row.name, values) + mark);
  }
  const [passed, failed, skipped] = [total("passed"), total("failed"), total("skipped")];
  console.log(line("all", [total("seconds").toFixed(1), passed, failed, skipped]));
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      skip: { type: "string" },
      list: { type: "boolean", default: false },
    },
  });
  if (values.list) {
    for (const { name, title } of STEPS) console.log(`${name.padEnd(12)} ${title}`);
    return;
  }
  const steps = chooseSteps(values);
  const buildsItself = steps.some(({ name }) => name === "addon");
  await setup({
    builds: !buildsItself && steps.some(({ name }) => STEPS_THAT_RENDER.has(name)),
    testTools: steps.some(({ name }) => CARGO_STEPS.has(name)),
  });
  process.exitCode = printSummary(await runAll(steps)) > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(`test: ${error.message}`);
  process.exitCode = 1;
});
