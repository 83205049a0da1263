#!/usr/bin/env node
/**
 * Measures whole renders with the native engine and with the CLI's own one (the peer), alternately.
 * A bench is a folder here with a `bench.mjs` that exports `description: string` and
 * `cases(): BenchCase[]` (see case.mjs).
 */
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { nativeCli, peerCli } from "../__test__/conformance/engines.mjs";
import { repoRoot } from "../scripts/materialize.mjs";
import { runCase } from "./case.mjs";
import { writeChart } from "./chart.mjs";
import { table } from "./figures.mjs";
import { describeFloor } from "./floor.mjs";

const QUALITIES = ["draft", "default"];
const ENGINES = ["native", "peer"];
const HELP = `npm run bench -- [options] [name...]
  --quality draft|default  default: what the CLI takes without -q
  --rounds N               renders of each engine, alternately (default 3)
  --case NAME              only this case of the bench
  --engine native|peer     only this engine
  --flags="..."            more flags for every render
  --no-floor               leave out drawing and encoding by themselves
  --stages                 one more native render, for its time per stage
  --json FILE              default: out/bench/<name>-<quality>.json
  --chart                  measure nothing; draw docs/bench.svg from out/bench`;

const benchesDir = path.join(repoRoot, "benches");
const resultsDir = path.join(repoRoot, "out", "bench");

async function benchNames() {
  const entries = await readdir(benchesDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const has = await Promise.all(
    names.map((name) => stat(path.join(benchesDir, name, "bench.mjs")).catch(() => false)),
  );
  return names.filter((_, index) => has[index]).sort();
}

function printCase(bench, { name, frames, summary, floor, stages }) {
  console.log(`\n${bench} ${name}: ${frames} frames, medians\n${table(summary)}`);
  if (floor) console.log(describeFloor(floor, summary.wallSeconds?.native));
  if (stages) {
    const list = Object.entries(stages).map(([stage, ms]) => `${stage} ${ms}`);
    console.log(`native, ms per frame and worker: ${list.join(", ")}`);
  }
  console.log("");
}

async function runBench(name, options) {
  const bench = await import(`./${name}/bench.mjs`);
  const all = bench.cases();
  const cases = all.filter((c) => !options.case || c.name === options.case);
  if (!cases.length) {
    const has = all.map((c) => c.name).join(", ");
    throw new Error(`bench ${name} has no case "${options.case}"; it has: ${has}`);
  }
  console.log(
    `${name} (${bench.description}), quality ${options.quality}, ${options.rounds} rounds`,
  );
  const results = [];
  for (const benchCase of cases) {
    const result = await runCase(benchCase, options);
    results.push(result);
    printCase(name, result);
  }
  const report = {
    bench: name,
    quality: options.quality,
    peer: peerCli().version,
    machine: {
      cpus: os.availableParallelism(),
      model: os.cpus()[0]?.model,
      memoryBytes: os.totalmem(),
    },
    cases: results,
  };
  const file = path.resolve(
    options.json ?? path.join(resultsDir, `${name}-${options.quality}.json`),
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`written to ${path.relative(process.cwd(), file)}`);
}

/** The command line, checked. */
async function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quality: { type: "string", default: "default" },
      rounds: { type: "string", default: "3" },
      case: { type: "string" },
      engine: { type: "string" },
      flags: { type: "string", default: "" },
      "no-floor": { type: "boolean", default: false },
      stages: { type: "boolean", default: false },
      json: { type: "string" },
      chart: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const known = await benchNames();
  for (const name of positionals) {
    if (!known.includes(name))
      throw new Error(`no bench "${name}"; there are: ${known.join(", ")}`);
  }
  const names = positionals.length ? positionals : known;
  if (values.json && names.length > 1) throw new Error("--json takes one bench; name it");
  if (!QUALITIES.includes(values.quality)) {
    throw new Error(`--quality is ${values.quality}; use ${QUALITIES.join(" or ")}`);
  }
  if (values.engine !== undefined && !ENGINES.includes(values.engine)) {
    throw new Error(`--engine is ${values.engine}; use ${ENGINES.join(" or ")}`);
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${values.rounds}; use a whole number from 1`);
  const quality = values.quality === "draft" ? ["-q", "draft"] : [];
  const engines = values.engine ? [values.engine] : ENGINES;
  return {
    ...values,
    names,
    rounds,
    engines,
    flags: [...quality, ...values.flags.split(/\s+/).filter(Boolean)],
    // Browser and encoder are launched as the peer was seen to launch them.
    floor: !values["no-floor"] && engines.includes("peer"),
  };
}

async function main() {
  const options = await readOptions();
  if (options.help) return console.log(HELP);
  if (options.chart) {
    const file = await writeChart(resultsDir, path.join(repoRoot, "docs", "bench.svg"));
    return console.log(`written to ${path.relative(process.cwd(), file)}`);
  }
  console.log(
    `native: ${path.relative(process.cwd(), nativeCli())}; peer: hyperframes ${peerCli().version}`,
  );
  for (const name of options.names) await runBench(name, options);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}
