#!/usr/bin/env node
/**
 * The contract of the CLI by shape: both engines under published versions of the CLI, and how what they
 * tell differs (`npm run contract:versions`). Writes the tables into `docs/contract.md`.
 *
 *   npm run contract:versions                          all versions and scenarios
 *   npm run contract:versions -- 0.8.170 render,batch  some; the others as they last were
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ACCEPTED } from "./accepted.mjs";
import { compareScenario } from "./compare.mjs";
import { SCENARIOS } from "./scenarios.mjs";

/** The oldest, the newest, and those after which something changed. */
const VERSIONS = {
  "0.6.121": "the oldest that is supported",
  "0.7.60": "outcomes and structured warnings",
  "0.8.34": "the last version tested that only counts media",
  "0.8.64": "lists its media",
  "0.8.150": "many modules instead of one file; stage progress; cancelled by a signal",
  "0.8.170": "the newest",
};
const DOC = fileURLToPath(new URL("../../../docs/contract.md", import.meta.url));

/** Results of this and earlier runs: all of them together take a quarter of an hour. */
const KEPT = fileURLToPath(new URL("../../../.cache/contract-results.json", import.meta.url));

const [only, which] = process.argv.slice(2);
const versions = only ? only.split(",") : Object.keys(VERSIONS);
const names = which ? which.split(",").filter(Boolean) : Object.keys(SCENARIOS);
let results = only ? kept() : {};
let faults = 0;
for (const version of versions) {
  for (const name of names) {
    const result = await compareScenario(version, name).catch((error) => ({ error }));
    const reasons = (result.accepted ?? []).map(({ why }) => why);
    // Another run may have added to them.
    results = only ? kept() : results;
    results[version] ??= {};
    results[version][name] = { cell: cell(result), reasons };
    console.log(`${version} ${name}: ${results[version][name].cell}`);
    if (result.error) console.log(`  ${result.error.stack}`);
    for (const { path, theirs, ours } of result.faults ?? []) {
      console.log(`  ${path}: ${theirs.slice(0, 300)} | ${ours.slice(0, 300)}`);
    }
    faults += result.error ? 1 : result.faults.length;
    writeFileSync(KEPT, JSON.stringify(results));
  }
}
writeFileSync(DOC, document());
console.log(`${faults} differences without a reason`);
process.exitCode = faults > 0 ? 1 : 0;

function kept() {
  return existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, "utf8")) : {};
}

function cell({ error, faults: found, reasons }) {
  if (error) return "failed";
  const engine = reasons ? `HyperFrames (\`${reasons}\`)` : "equal";
  return found.length === 0 ? engine : `${found.length} differ`;
}

function document() {
  const all = Object.keys(VERSIONS);
  const head = `| | ${all.join(" | ")} |\n|---|${all.map(() => "---|").join("")}`;
  const lines = Object.keys(SCENARIOS).map(
    (name) =>
      `| ${name} | ${all.map((version) => results[version]?.[name]?.cell ?? "not run").join(" | ")} |`,
  );
  const found = all
    .flatMap((version) => Object.values(results[version] ?? {}))
    .flatMap((one) => one.reasons);
  const times = (why) => found.filter((one) => one === why).length;
  const places = ({ path, value, from, before }) =>
    `\`${(value ?? path.source).replaceAll("|", "\\|")}\`` +
    `${from ? ` from ${from}` : ""}${before ? ` before ${before}` : ""}`;
  const accepted = [...new Set(ACCEPTED.map(({ why }) => why))]
    .filter((why) => times(why) > 0)
    .map((why) => {
      const all = ACCEPTED.filter((one) => one.why === why).map(places);
      return `| ${all.join(", ")} | ${why} | ${times(why)} |`;
    });
  return `# The contract of the CLI

Written by \`npm run contract:versions\`, which runs both engines under published versions of the CLI, as
far as it was run, and compares by shape what they tell: the job and its progress, \`perfSummary\`, \`errorDetails\`,
warnings, \`@hf-progress\` lines, \`[Render:trace]\`, \`render.log\`, telemetry, results of batches, and the
answers of Studio's server. Exit codes, outcomes, codes of warnings, error classes, files and HTTP codes
have to be equal. Telemetry is caught in the process; nothing is sent.

*equal*: this engine rendered, and nothing differs without one of the reasons below. *HyperFrames*: this
engine handed the render on, for that reason ([integration.md](integration.md#what-the-hyperframes-engine-renders)).
*N differ*: so many differences have no reason. *failed*: one of the engines did not get to the end. *not
run*: of that version nothing is known yet.

${head}
${lines.join("\n")}

${all.map((version) => `- ${version}: ${VERSIONS[version]}`).join("\n")}

## Differences with a reason

The last column counts them over the versions that were run.

| place | reason | times |
|---|---|---|
${accepted.join("\n")}

What this engine tells beyond HyperFrames, such as \`perfSummary.native\`, is not listed.
`;
}
