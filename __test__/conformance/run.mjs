#!/usr/bin/env node
/**
 * Renders fixtures with the unmodified CLI (upstream) and with the native engine, and compares the
 * files frame by frame. See docs/conformance.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { fixtureNames, repoRoot } from "../../scripts/materialize.mjs";
import { conform } from "./conform.mjs";
import { InterruptedError, nativeCli, upstreamCli } from "./engines.mjs";
import { loadFixture } from "./fixture.mjs";
import { header, row } from "./table.mjs";

const HELP = `npm run conformance -- [options] [fixture...]
  --noise        compare upstream with itself instead, to know how far it repeats
  --quick        leave out fixtures of which another one covers most ("siblingOf")
  --fresh        render upstream again even where its output is kept
  --flags="..."  more flags for every render, e.g. --flags="-q draft --workers 2"
  --our-flags="..."  more flags for our side only
  --jobs N       compare N fixtures at a time (default 2); what fails then is compared again alone
  --pictures     write the worst frames side by side also where all is well
  --json FILE    write the results there as well
  --list         list the fixtures`;

/** How many fixtures are compared at a time. */
function jobsOf(text) {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs ${text}: a whole number from 1`);
  return jobs;
}

/** The result of one fixture; an error becomes its problem. */
async function resultOf(fixture, options, outDir) {
  const result = await conform(fixture, options, outDir).catch((error) => {
    if (error instanceof InterruptedError) throw error;
    return { problems: [error.message] };
  });
  return { name: fixture.name, minDb: fixture.minDb, ...result };
}

function print(result) {
  console.log(row(result));
  for (const problem of result.problems) console.log(problem.replace(/^/gm, "    "));
}

/**
 * Compares some fixtures at a time. One that fails beside others is compared again alone, upstream's
 * render included: a busy machine may change what a page does in real time.
 */
async function compareAll(fixtures, options, outDir) {
  const { jobs } = options;
  const results = new Map();
  const again = [];
  const waiting = fixtures.values();
  const next = async () => {
    // The iterator is shared: each fixture is taken once.
    for (const fixture of waiting) {
      const result = await resultOf(fixture, options, outDir);
      const repeated = jobs > 1 && result.problems.length > 0;
      if (repeated) again.push(fixture);
      print({ ...result, repeated });
      results.set(fixture, result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, next));
  for (const fixture of again) {
    const result = await resultOf(fixture, { ...options, fresh: true }, outDir);
    print(result);
    results.set(fixture, { ...result, repeated: true });
  }
  return fixtures.map((fixture) => results.get(fixture));
}

const words = (text) => text.split(/\s+/).filter(Boolean);

/** JSON has no Infinity; identical frames are written as "inf". */
const jsonNumbers = (_key, value) => (value === Number.POSITIVE_INFINITY ? "inf" : value);

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      noise: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      flags: { type: "string", default: "" },
      "our-flags": { type: "string", default: "" },
      jobs: { type: "string", default: "2" },
      pictures: { type: "boolean", default: false },
      json: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const known = await fixtureNames();
  for (const name of positionals) {
    if (!known.includes(name))
      throw new Error(`no fixture "${name}"; there are: ${known.join(", ")}`);
  }
  const named = await Promise.all((positionals.length ? positionals : known).map(loadFixture));
  const fixtures = named.filter(({ siblingOf }) => !values.quick || siblingOf === undefined);
  if (values.list) {
    for (const { name, description } of fixtures) console.log(`${name.padEnd(20)} ${description}`);
    return;
  }

  const options = {
    ...values,
    flags: words(values.flags),
    ourFlags: words(values["our-flags"]),
    jobs: jobsOf(values.jobs),
  };
  const outDir = path.join(repoRoot, "out", "conformance");
  await mkdir(outDir, { recursive: true });
  console.log(
    `upstream: hyperframes ${upstreamCli().version}; ours: ${values.noise ? "upstream again" : path.relative(repoRoot, nativeCli())}`,
  );
  console.log(header());
  const results = await compareAll(fixtures, options, outDir);
  const failed = results.filter((result) => result.problems.length).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  if (values.json) {
    const { noise, flags, ourFlags } = options;
    const report = { upstream: upstreamCli().version, noise, flags, ourFlags, results };
    await mkdir(path.dirname(path.resolve(values.json)), { recursive: true });
    await writeFile(values.json, `${JSON.stringify(report, jsonNumbers, 2)}\n`);
  }
  process.exitCode = failed ? 1 : 0;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 2;
}
