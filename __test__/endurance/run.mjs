#!/usr/bin/env node
/** Runs what proves memory and endurance, and writes docs/endurance.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { browserPath } from "../../scripts/lib/browser.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";
import { PARTS } from "./parts.mjs";
import { document } from "./report.mjs";

const HELP = `npm run endurance -- [options] [part...]
  part     ${Object.keys(PARTS).join(", ")}; all of them without a name, which takes an hour
  --doc    only write the document, of the results that are there
Writes docs/endurance.md and its pictures, of these results and of the last ones of all other parts.`;

const KEPT = join(ROOT, ".cache", "endurance");
const DOCS = join(ROOT, "docs");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { doc: { type: "boolean" }, help: { type: "boolean" } },
});

const fileOf = (name) => join(KEPT, `${name}.json`);
const read = (name) =>
  existsSync(fileOf(name)) ? JSON.parse(readFileSync(fileOf(name), "utf8")) : undefined;

/** Runs a part and keeps what came of it. */
async function runPart(name) {
  const { run, lacks } = PARTS[name];
  const why = lacks?.();
  if (why) {
    console.log(`skip ${name}: ${why}`);
    return;
  }
  const log = (line) => console.log(`${name}: ${line}`);
  const result = await run({ log });
  const machine = { cores: availableParallelism(), gib: Math.round(totalmem() / 2 ** 30) };
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(fileOf(name), JSON.stringify({ ...result, machine }));
  for (const problem of result.problems) console.log(`FAIL ${name}: ${problem}`);
  if (result.problems.length === 0) console.log(`pass ${name}`);
}

function writeDocument() {
  const results = Object.fromEntries(Object.keys(PARTS).map((name) => [name, read(name)]));
  const file = join(DOCS, "endurance.md");
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const { text, pictures } = document(PARTS, results, before);
  writeFileSync(file, text);
  for (const [name, svg] of Object.entries(pictures)) writeFileSync(join(DOCS, name), svg);
  return Object.values(results).some((result) => result?.problems.length > 0);
}

async function main() {
  const unknown = positionals.find((name) => !PARTS[name]);
  if (unknown) throw new Error(`there is no part "${unknown}"\n${HELP}`);
  process.env.HYPERFRAMES_BROWSER_PATH ??= browserPath();
  const names = positionals.length > 0 ? positionals : Object.keys(PARTS);
  for (const name of values.doc ? [] : names) {
    await runPart(name);
    writeDocument();
  }
  process.exitCode = writeDocument() ? 1 : 0;
}

if (values.help) console.log(HELP);
else await main();
