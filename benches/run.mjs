#!/usr/bin/env node
/**
 * Measures whole renders with the native engine and with the HyperFrames engine (upstream),
 * alternately.
 * A bench is a folder of `cases/` with a `bench.mjs` that exports `description: string`,
 * `cases(): BenchCase[]` (see lib/case.mjs) and maybe `defaults`, its own defaults of the options.
 * `blend` is not one of them: it times single frames (see lib/blend.mjs) and runs only when named.
 */
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { nativeCli, upstreamCli } from "../__test__/conformance/engines.mjs";
import { repoRoot } from "../scripts/materialize.mjs";
import { benchBlend } from "./lib/blend.mjs";
import { runCase } from "./lib/case.mjs";
import { table } from "./lib/figures.mjs";
import { describeFloor } from "./lib/floor/floor.mjs";
import { describeFlatness } from "./lib/memory-curve.mjs";
import { readDescriptions, writePages } from "./lib/recorded/write.mjs";
import { writeCharts } from "./lib/result-charts.mjs";

const BLEND = "blend";
const QUALITIES = ["draft", "default"];
const ENGINES = ["native", "upstream"];
const DEFAULTS = { quality: "default", rounds: 3, engines: ENGINES };
const HELP = `npm run bench -- [options] [name...]
  --quality draft|default  default: what the CLI takes without -q
  --rounds N               renders of each engine, alternately (default 3, or the bench's own)
  --case NAME              only this case of the bench
  --engine native|upstream only this engine (some benches are for the native one alone)
  --flags="..."            more flags for every render
  --no-floor               leave out drawing and encoding by themselves
  --stages                 one more native render, for its time per stage
  --json FILE              default: out/bench/<name>-<quality>.json
  --chart                  measure nothing; draw the pictures in docs/ from out/bench
  --pages                  measure nothing; keep what out/bench has in benches/recorded.json, and
                           write docs/benchmarks`;

const casesDir = path.join(repoRoot, "benches", "cases");
const resultsDir = path.join(repoRoot, "out", "bench");

async function benchNames() {
  const entries = await readdir(casesDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const has = await Promise.all(
    names.map((name) => stat(path.join(casesDir, name, "bench.mjs")).catch(() => false)),
  );
  return names.filter((_, index) => has[index]).sort();
}

function printCase(bench, { name, frames, summary, floor, stages, curves, verdict }) {
  console.log(`\n${bench} ${name}: ${frames} frames, medians\n${table(summary)}`);
  if (floor) console.log(describeFloor(floor, summary));
  for (const [engine, curve] of Object.entries(curves ?? {})) {
    console.log(`${engine}, ${describeFlatness(curve, curve.settledFrames)}`);
  }
  if (verdict) console.log(verdict);
  if (stages) {
    const list = Object.entries(stages).map(([stage, ms]) => `${stage} ${ms}`);
    console.log(`native, ms per frame and worker: ${list.join(", ")}`);
  }
  console.log("");
}

/** Options of one bench: those given, else its own, else those of all benches. */
function benchOptions(given, defaults) {
  const quality = given.quality ?? defaults.quality ?? DEFAULTS.quality;
  const engines = given.engine ? [given.engine] : (defaults.engines ?? DEFAULTS.engines);
  return {
    ...given,
    quality,
    engines,
    rounds: given.rounds ?? defaults.rounds ?? DEFAULTS.rounds,
    flags: [...(quality === "draft" ? ["-q", "draft"] : []), ...given.flags],
    // Browser and encoder are launched as upstream was seen to launch them.
    floor: !given["no-floor"] && engines.includes("upstream"),
  };
}

async function runBench(name, given) {
  const bench = await import(`./cases/${name}/bench.mjs`);
  const options = benchOptions(given, bench.defaults ?? {});
  const all = bench.cases();
  const cases = all.filter((c) => (options.case ? c.name === options.case : !c.onRequest));
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
    upstream: upstreamCli().version,
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
      quality: { type: "string" },
      rounds: { type: "string" },
      case: { type: "string" },
      engine: { type: "string" },
      flags: { type: "string", default: "" },
      "no-floor": { type: "boolean", default: false },
      stages: { type: "boolean", default: false },
      json: { type: "string" },
      chart: { type: "boolean", default: false },
      pages: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const known = await benchNames();
  for (const name of positionals) {
    if (!known.includes(name) && name !== BLEND)
      throw new Error(`no bench "${name}"; there are: ${[...known, BLEND].join(", ")}`);
  }
  const names = positionals.length ? positionals : known;
  if (values.json && names.length > 1) throw new Error("--json takes one bench; name it");
  if (values.quality !== undefined && !QUALITIES.includes(values.quality)) {
    throw new Error(`--quality is ${values.quality}; use ${QUALITIES.join(" or ")}`);
  }
  if (values.engine !== undefined && !ENGINES.includes(values.engine)) {
    throw new Error(`--engine is ${values.engine}; use ${ENGINES.join(" or ")}`);
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && (!Number.isInteger(rounds) || rounds < 1))
    throw new Error(`--rounds is ${values.rounds}; use a whole number from 1`);
  return {
    ...values,
    names,
    rounds,
    flags: values.flags.split(/\s+/).filter(Boolean),
  };
}

async function main() {
  const options = await readOptions();
  if (options.help) return console.log(HELP);
  if (options.chart) {
    for (const file of await writeCharts(resultsDir, path.join(repoRoot, "docs"))) {
      console.log(`written to ${path.relative(process.cwd(), file)}`);
    }
    return;
  }
  if (options.pages) {
    const files = await writePages(resultsDir, repoRoot, await readDescriptions(casesDir));
    return console.log(`${files.length} files written`);
  }
  console.log(
    `native: ${path.relative(process.cwd(), nativeCli())}; upstream: hyperframes ${upstreamCli().version}`,
  );
  for (const name of options.names) {
    if (name === BLEND) await benchBlend({ json: options.json, resultsDir });
    else await runBench(name, options);
  }
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}
