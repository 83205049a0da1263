#!/usr/bin/env node
/** Runs the fault matrix and writes docs/reliability.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../scripts/lib/run.mjs";
import { DEADLINES, lackingFor, nameOf, runCell } from "./cell.mjs";
import { CELLS } from "./cells.mjs";
import { document } from "./report.mjs";
import { runBeside } from "./upstream.mjs";

const HELP = `npm run faults -- [options] [pattern...]
  pattern        only cells whose name matches one of these regular expressions
  --jobs N       cells at a time, 1 or 2 (default 1); what fails beside another one runs again alone
  --fast         only those that npm test runs
  --again        only those that did not pass when they last ran
  --list         list the cells
  --beside       the HyperFrames engine instead, through the cells that are marked for it
  --doc          only write the document, of the results that are there
Writes docs/reliability.md of these results and of the last ones of all other cells.`;

/** Results of the last run of each cell: a run of some leaves the others as they were. */
const kept = (name) => join(ROOT, ".cache", "faults", name);
const [RESULTS, BESIDE] = [kept("results.json"), kept("beside.json")];
const DOC = join(ROOT, "docs", "reliability.md");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: "string", default: "1" },
    fast: { type: "boolean" },
    again: { type: "boolean" },
    list: { type: "boolean" },
    help: { type: "boolean" },
    beside: { type: "boolean" },
    doc: { type: "boolean" },
  },
});

function chosen() {
  const patterns = positionals.map((text) => new RegExp(text));
  const last = read(RESULTS);
  const passed = (cell) => last[nameOf(cell)] && !last[nameOf(cell)].problem;
  return CELLS.filter((cell) => !values.fast || cell.fast)
    .filter((cell) => !values.again || !passed(cell))
    .filter((cell) => patterns.length === 0 || patterns.some((one) => one.test(nameOf(cell))));
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});

function keep(file, cell, outcome) {
  const results = { ...read(file), [nameOf(cell)]: outcome };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(results, undefined, 1));
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
      keep(RESULTS, cell, outcome);
      print(cell, outcome);
    }
  };
  await Promise.all(Array.from({ length: jobs }, next));
  for (const cell of again) {
    const outcome = await runOne(cell);
    keep(RESULTS, cell, outcome);
    print(cell, outcome);
  }
}

async function runAllBeside(cells) {
  for (const cell of cells.filter(({ beside }) => beside)) {
    const outcome = await runBeside(cell);
    keep(BESIDE, cell, outcome);
    const { seconds, what, left, files } = outcome;
    console.log(
      `${nameOf(cell)}: ${seconds.toFixed(1)} s, ${what}; ${left} processes and ${files} files left`,
    );
  }
}

function writeDocument() {
  const before = existsSync(DOC) ? readFileSync(DOC, "utf8") : "";
  writeFileSync(DOC, document(CELLS, read(RESULTS), read(BESIDE), DEADLINES, before));
}

if (values.help) {
  console.log(HELP);
} else if (values.list) {
  for (const cell of chosen()) console.log(nameOf(cell));
} else {
  if (values.beside) await runAllBeside(chosen());
  else if (!values.doc) await runAll(chosen(), Number(values.jobs) === 2 ? 2 : 1);
  writeDocument();
  const failed = CELLS.filter((cell) => read(RESULTS)[nameOf(cell)]?.problem);
  console.log(`${failed.length} of ${CELLS.length} cells fail`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
