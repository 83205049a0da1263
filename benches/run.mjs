#!/usr/bin/env node
/**
 * Measures whole renders with the native engine and with the CLI's own one (the peer), alternately.
 * A bench is a folder here with a `bench.mjs` that exports
 *   description: string
 *   cases(): { name: string, flags?: string[], prepare(dir: string): Promise<string> }[]
 * where `prepare` writes a project into the empty folder `dir` and returns the folder to render.
 */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { probe } from "../__test__/conformance/compare.mjs";
import { nativeCli, peerCli, renderCommand } from "../__test__/conformance/engines.mjs";
import { repoRoot } from "../scripts/materialize.mjs";
import { describe, summarize, table } from "./figures.mjs";
import { measureRender } from "./measure.mjs";

const RENDER_TIMEOUT_MS = 30 * 60_000;
const QUALITIES = ["draft", "default"];
const HELP = `npm run bench -- [options] [name...]
  --quality draft|default  default: what the CLI takes without -q
  --rounds N               renders of each engine, alternately (default 3)
  --case NAME              only this case of the bench
  --flags="..."            more flags for every render
  --json FILE              default: out/bench/<name>-<quality>.json`;

const benchesDir = path.join(repoRoot, "benches");

async function benchNames() {
  const entries = await readdir(benchesDir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const has = await Promise.all(
    names.map((name) => stat(path.join(benchesDir, name, "bench.mjs")).catch(() => false)),
  );
  return names.filter((_, index) => has[index]).sort();
}

/** Renders once into `output`, which must then have as many frames as the other engine's. */
async function renderOnce(engine, project, output, flags) {
  const measurement = await measureRender(
    renderCommand(engine, project, output, flags),
    RENDER_TIMEOUT_MS,
  ).catch((error) => {
    throw new Error(`${engine}: ${error.message}`);
  });
  const { frames } = await probe(output);
  return { ...measurement, frames };
}

async function runCase(benchCase, options) {
  const dir = await mkdtemp(path.join(os.tmpdir(), "hf-bench-"));
  try {
    await mkdir(path.join(dir, "project"));
    const project = await benchCase.prepare(path.join(dir, "project"));
    const flags = [...(benchCase.flags ?? []), ...options.flags];
    const rounds = [];
    for (let round = 1; round <= options.rounds; round++) {
      const measured = {};
      for (const engine of ["native", "peer"]) {
        measured[engine] = await renderOnce(
          engine,
          project,
          path.join(dir, `${engine}.mp4`),
          flags,
        );
        console.log(
          `  ${benchCase.name} round ${round} ${engine.padEnd(6)} ${describe(measured[engine])}`,
        );
      }
      if (measured.native.frames !== measured.peer.frames) {
        throw new Error(
          `${benchCase.name}: ${measured.native.frames} frames, the peer has ${measured.peer.frames}`,
        );
      }
      rounds.push(measured);
    }
    return {
      name: benchCase.name,
      flags,
      frames: rounds[0].peer.frames,
      summary: summarize(rounds),
      rounds,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function runBench(name, options) {
  const bench = await import(`./${name}/bench.mjs`);
  const cases = bench.cases().filter((c) => !options.case || c.name === options.case);
  if (!cases.length) {
    throw new Error(
      `bench ${name} has no case "${options.case}"; it has: ${bench
        .cases()
        .map((c) => c.name)
        .join(", ")}`,
    );
  }
  console.log(
    `${name} (${bench.description}), quality ${options.quality}, ${options.rounds} rounds`,
  );
  const results = [];
  for (const benchCase of cases) {
    const result = await runCase(benchCase, options);
    results.push(result);
    console.log(
      `\n${name} ${result.name}: ${result.frames} frames, medians\n${table(result.summary)}\n`,
    );
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
    options.json ?? path.join(repoRoot, "out", "bench", `${name}-${options.quality}.json`),
  );
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`written to ${path.relative(process.cwd(), file)}`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quality: { type: "string", default: "default" },
      rounds: { type: "string", default: "3" },
      case: { type: "string" },
      flags: { type: "string", default: "" },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
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
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${values.rounds}; use a whole number from 1`);
  const quality = values.quality === "draft" ? ["-q", "draft"] : [];
  const flags = [...quality, ...values.flags.split(/\s+/).filter(Boolean)];
  console.log(
    `native: ${path.relative(process.cwd(), nativeCli())}; peer: hyperframes ${peerCli().version}`,
  );
  for (const name of names) await runBench(name, { ...values, rounds, flags });
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}
