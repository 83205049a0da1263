#!/usr/bin/env node
/**
 * Renders fixtures with the unmodified CLI (upstream) and with the native engine, and compares the
 * files frame by frame. See docs/conformance.md.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { fixtureNames, materialize, repoRoot } from "../../scripts/materialize.mjs";
import { probe, psnr, streamDifferences, worstFrames, writeSideBySide } from "./compare.mjs";
import { InterruptedError, nativeCli, renderCommand, runRender, upstreamCli } from "./engines.mjs";
import { loadFixture } from "./fixture.mjs";
import { numberProblems, shownNumbers } from "./frame-numbers.mjs";
import { header, row } from "./table.mjs";
import { upstreamOutput } from "./upstream-cache.mjs";

const RENDER_TIMEOUT_MS = 300_000;
const PICTURES_PER_FIXTURE = 2;
/** Raster history stays above (51 dB seen); a frame that is not the frame falls far below. */
const LANE_FLOOR_DB = 45;
const HELP = `npm run conformance -- [options] [fixture...]
  --noise        compare upstream with itself instead, to know how far it repeats
  --fresh        render upstream again even where its output is kept
  --flags="..."  more flags for every render, e.g. --flags="-q draft --workers 2"
  --our-flags="..."  more flags for our side only
  --jobs N       compare N fixtures at a time
  --json FILE    write the results there as well
  --list         list the fixtures`;

async function renderOrThrow(engine, project, output, flags, lane) {
  const command = renderCommand(engine, project, output, flags, lane);
  const { code, seconds, tail, timedOut } = await runRender(command, {
    timeoutMs: RENDER_TIMEOUT_MS,
  });
  if (timedOut)
    throw new Error(`${engine} did not finish within ${RENDER_TIMEOUT_MS / 1000} s\n${tail}`);
  if (code !== 0) throw new Error(`${engine} ended with ${code}\n${tail}`);
  return seconds;
}

/** Compares two finished files by the rules of the fixture. */
async function compareFiles(fixture, ours, upstream, picturesDir) {
  const [a, b] = await Promise.all([probe(ours), probe(upstream)]);
  const { otherFrames, otherTags } = fixture;
  const problems = streamDifferences(a.streams, b.streams, otherTags);
  const result = {
    frames: a.frames,
    upstreamFrames: b.frames,
    duration: a.duration,
    upstreamDuration: b.duration,
    streamsEqual: problems.length === 0,
  };
  if (a.frames !== b.frames) problems.push(`${a.frames} frames instead of ${b.frames}`);
  if (Math.abs(a.duration - b.duration) > 0.001)
    problems.push(`${a.duration} s instead of ${b.duration} s`);
  if (a.width === b.width && a.height === b.height) {
    const { perFrame, worst, mean, firstDifferent } = await psnr(ours, upstream, otherFrames);
    Object.assign(result, { worst, mean, firstDifferent });
    if (worst < fixture.minDb) problems.push(`worst frame ${worst} dB, below ${fixture.minDb}`);
    problems.push(...(await compareNumbers(fixture, "ours", ours, upstream, b, result)));
    result.pictures = [];
    for (const frame of worstFrames(perFrame, PICTURES_PER_FIXTURE)) {
      const file = path.join(picturesDir, `${fixture.name}-${String(frame).padStart(4, "0")}.png`);
      await writeSideBySide(ours, upstream, frame, file);
      result.pictures.push(path.relative(repoRoot, file));
    }
  }
  return { ...result, problems };
}

/** Every output frame shows the same frame of each source as the one of upstream. */
async function compareNumbers(fixture, who, ours, upstream, video, result) {
  const { numbers } = fixture;
  if (numbers.length === 0) return [];
  const [shown, reference] = [
    await shownNumbers(ours, video, numbers),
    await shownNumbers(upstream, video, numbers),
  ];
  result.numbers = numbers.length * video.frames;
  const problems = numberProblems(who, numbers, shown, reference, video.rate);
  result.numbersEqual = problems.length === 0 && result.numbersEqual !== false;
  return problems;
}

/**
 * Renders with the lane the engine chooses by itself and with PNG photographs of the same frames:
 * the two files are equal but where Chrome's raster depends on what a page showed before. Every
 * render by itself compares sampled frames with photographs of the same instant, exactly.
 */
async function compareLanes(fixture, project, flags, scratch, reference, upstream, result) {
  const chosen = path.join(scratch, "chosen.mp4");
  const lossless = path.join(scratch, "lossless.mp4");
  await renderOrThrow("native", project, chosen, flags);
  await renderOrThrow("native", project, lossless, flags, "lossless");
  const { worst, firstDifferent } = await psnr(chosen, lossless);
  result.lanesEqual = worst === Number.POSITIVE_INFINITY;
  if (worst < LANE_FLOOR_DB) {
    result.problems.push(
      `the chosen lane differs from PNG at frame ${firstDifferent}: ${worst} dB`,
    );
  }
  const [a, b] = await Promise.all([probe(chosen), probe(reference)]);
  for (const difference of streamDifferences(a.streams, b.streams)) {
    result.problems.push(`chosen lane: ${difference}`);
  }
  if (a.width === b.width && a.height === b.height) {
    const found = await compareNumbers(fixture, "chosen lane", chosen, upstream, b, result);
    result.problems.push(...found);
  }
}

async function conform(fixture, options, outDir) {
  const flags = [...fixture.flags, ...options.flags];
  const project = await materialize(fixture.name);
  const renderUpstream = (output) => renderOrThrow("upstream", project, output, flags);
  const kept = await upstreamOutput(fixture.name, flags, renderUpstream, options.fresh);
  const scratch = await mkdtemp(path.join(os.tmpdir(), "hf-conformance-"));
  try {
    const ours = path.join(scratch, "ours.mp4");
    const engine = options.noise ? "upstream" : "native";
    const ourFlags = [...flags, ...options.ourFlags];
    // The lane upstream captures with: what differs then is the engine, not JPEG.
    const seconds = await renderOrThrow(engine, project, ours, ourFlags, "reference");
    const result = await compareFiles(fixture, ours, kept.file, outDir);
    if (!options.noise) {
      await compareLanes(fixture, project, ourFlags, scratch, ours, kept.file, result);
    }
    return { seconds, ...result };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** How many fixtures are compared at a time. */
function jobsOf(text) {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs ${text}: a whole number from 1`);
  return jobs;
}

const words = (text) => text.split(/\s+/).filter(Boolean);

/** JSON has no Infinity; identical frames are written as "inf". */
const jsonNumbers = (_key, value) => (value === Number.POSITIVE_INFINITY ? "inf" : value);

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      noise: { type: "boolean", default: false },
      fresh: { type: "boolean", default: false },
      flags: { type: "string", default: "" },
      "our-flags": { type: "string", default: "" },
      jobs: { type: "string", default: "1" },
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
  const fixtures = await Promise.all((positionals.length ? positionals : known).map(loadFixture));
  if (values.list) {
    for (const { name, description } of fixtures) console.log(`${name.padEnd(20)} ${description}`);
    return;
  }

  const options = { ...values, flags: words(values.flags), ourFlags: words(values["our-flags"]) };
  const outDir = path.join(repoRoot, "out", "conformance");
  await mkdir(outDir, { recursive: true });
  console.log(
    `upstream: hyperframes ${upstreamCli().version}; ours: ${values.noise ? "upstream again" : path.relative(repoRoot, nativeCli())}`,
  );
  console.log(header());
  const results = [];
  const waiting = fixtures.values();
  const conformNext = async () => {
    // The iterator is shared: each fixture is taken once.
    for (const fixture of waiting) {
      const result = await conform(fixture, options, outDir).catch((error) => {
        if (error instanceof InterruptedError) throw error;
        return { problems: [error.message] };
      });
      results.push({ name: fixture.name, minDb: fixture.minDb, ...result });
      console.log(row(results.at(-1)));
      for (const problem of result.problems) console.log(problem.replace(/^/gm, "    "));
    }
  };
  await Promise.all(Array.from({ length: jobsOf(values.jobs) }, conformNext));
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
