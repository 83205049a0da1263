#!/usr/bin/env node
/** Runs the fault matrix and writes docs/reliability.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../scripts/lib/run.mjs";
import { lackingFor, nameOf, runCell } from "./cell.mjs";
import { CELLS } from "./cells.mjs";

const HELP = `npm run faults -- [options] [pattern...]
  pattern        only cells whose name matches one of these regular expressions
  --jobs N       cells at a time, 1 or 2 (default 1); what fails beside another one runs again alone
  --fast         only those that npm test runs
  --list         list the cells
  --no-doc       do not write docs/reliability.md`;

/** Results of the last run of each cell: a run of some leaves the others as they were. */
const RESULTS = join(ROOT, ".cache", "faults", "results.json");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: "string", default: "1" },
    fast: { type: "boolean" },
    list: { type: "boolean" },
    help: { type: "boolean" },
    "no-doc": { type: "boolean" },
  },
});

function chosen() {
  const patterns = positionals.map((text) => new RegExp(text));
  return CELLS.filter((cell) => !values.fast || cell.fast).filter(
    (cell) => patterns.length === 0 || patterns.some((pattern) => pattern.test(nameOf(cell))),
  );
}

const readResults = () => (existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : {});

function keep(cell, outcome) {
  const results = readResults();
  results[nameOf(cell)] = outcome;
  mkdirSync(dirname(RESULTS), { recursive: true });
  writeFileSync(RESULTS, JSON.stringify(results, undefined, 1));
}

function print(cell, { seconds, bound, what, problem, lacking }) {
  const state = lacking ? "skip" : problem ? "FAIL" : "pass";
  console.log(`${state} ${nameOf(cell)}: ${seconds.toFixed(1)} of ${bound} s, ${lacking ?? what}`);
  if (problem) console.log(problem.replace(/^/gm, "     | "));
}

async function runOne(cell) {
  const lacking = lackingFor(cell);
  return lacking ? { seconds: 0, bound: 0, what: lacking, lacking } : runCell(cell);
}

async function runAll(cells, jobs) {
  const waiting = cells.values();
  const again = [];
  const next = async () => {
    for (const cell of waiting) {
      const outcome = await runOne(cell);
      if (outcome.problem && jobs > 1) again.push(cell);
      else keep(cell, outcome);
      print(cell, outcome);
    }
  };
  await Promise.all(Array.from({ length: jobs }, next));
  for (const cell of again) {
    const outcome = await runOne(cell);
    keep(cell, outcome);
    print(cell, outcome);
  }
}

if (values.help) {
  console.log(HELP);
} else if (values.list) {
  for (const cell of chosen()) console.log(nameOf(cell));
} else {
  await runAll(chosen(), Number(values.jobs) === 2 ? 2 : 1);
}
