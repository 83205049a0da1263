/** Renders one fixture with both engines and compares the files. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { materialize, repoRoot } from "../../scripts/materialize.mjs";
import { probe, psnr, streamDifferences, worstFrames, writeSideBySide } from "./compare.mjs";
import { renderCommand, runRender } from "./engines.mjs";
import { numberProblems, shownNumbers } from "./frame-numbers.mjs";
import { upstreamOutput } from "./upstream-cache.mjs";

const RENDER_TIMEOUT_MS = 300_000;
const PICTURES_PER_FIXTURE = 2;
/**
 * Upstream is told how many workers to use. By itself it measures a page of 60 frames or more before,
 * in a browser of its own, so that the number, and whether frames are screenshots, depend on the
 * machine and on what else runs there.
 */
const oneWorker = (flags) => (flags.includes("--workers") ? flags : [...flags, "--workers", "1"]);
/** Raster history stays above (51 dB seen); a frame that is not the frame falls far below. */
const LANE_FLOOR_DB = 45;

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

/**
 * @typedef {object} Rendered a finished file and what was read from it once
 * @property {string} file
 * @property {Awaited<ReturnType<typeof probe>>} facts
 */

/** @returns {Promise<Rendered>} */
const rendered = async (file) => ({ file, facts: await probe(file) });

/**
 * Compares our file with upstream's by the rules of the fixture.
 *
 * @param {import("./fixture.mjs").Fixture} fixture
 * @param {Rendered} ours
 * @param {Rendered} upstream
 */
async function compareFiles(fixture, ours, upstream) {
  const [a, b] = [ours.facts, upstream.facts];
  const problems = streamDifferences(a.streams, b.streams, fixture.otherTags);
  const result = {
    frames: a.frames,
    upstreamFrames: b.frames,
    duration: a.duration,
    upstreamDuration: b.duration,
    streamsEqual: problems.length === 0,
    worstFrames: [],
    problems,
  };
  if (a.frames !== b.frames) problems.push(`${a.frames} frames instead of ${b.frames}`);
  if (Math.abs(a.duration - b.duration) > 0.001) {
    problems.push(`${a.duration} s instead of ${b.duration} s`);
  }
  if (sameSize(a, b)) {
    const compared = await psnr(ours.file, upstream.file, fixture.otherFrames);
    const { perFrame, worst, mean, firstDifferent } = compared;
    Object.assign(result, { worst, mean, firstDifferent });
    result.worstFrames = worstFrames(perFrame, PICTURES_PER_FIXTURE);
    if (worst < fixture.minDb) problems.push(`worst frame ${worst} dB, below ${fixture.minDb}`);
  }
  return result;
}

const sameSize = (a, b) => a.width === b.width && a.height === b.height;

/**
 * Every output frame shows the same frame of each source as upstream's. Says so in `result`.
 *
 * @param {import("./fixture.mjs").Fixture} fixture
 * @param {Record<string, Rendered>} files of ours, by what to call them
 * @param {Rendered} upstream
 * @param {Record<string, any>} result
 */
async function compareNumbers({ numbers }, files, upstream, result) {
  const { facts } = upstream;
  const comparable = Object.entries(files).filter(([, ours]) => sameSize(ours.facts, facts));
  if (numbers.length === 0 || comparable.length === 0) return;
  const right = await shownNumbers(upstream.file, facts, numbers);
  result.numbers = numbers.length * facts.frames;
  result.numbersEqual = true;
  for (const [who, ours] of comparable) {
    const shown = await shownNumbers(ours.file, facts, numbers);
    const problems = numberProblems(who, numbers, shown, right, facts.rate);
    if (problems.length > 0) result.numbersEqual = false;
    result.problems.push(...problems);
  }
}

/**
 * The lane that the engine chooses by itself, against PNG photographs of the same frames: the two
 * files are equal but where Chrome's raster depends on what a page showed before. Every render by
 * itself compares sampled frames with photographs of the same instant, exactly.
 */
async function compareLanes(chosen, lossless, reference, result) {
  const { worst, firstDifferent } = await psnr(chosen.file, lossless);
  result.lanesEqual = worst === Number.POSITIVE_INFINITY;
  if (worst < LANE_FLOOR_DB) {
    result.problems.push(
      `the chosen lane differs from PNG at frame ${firstDifferent}: ${worst} dB`,
    );
  }
  for (const difference of streamDifferences(chosen.facts.streams, reference.facts.streams)) {
    result.problems.push(`chosen lane: ${difference}`);
  }
}

/** Writes the frames that differ most, side by side. */
async function writePictures({ name }, ours, upstream, frames, dir) {
  const files = frames.map((frame) =>
    path.join(dir, `${name}-${String(frame).padStart(4, "0")}.png`),
  );
  for (const [i, frame] of frames.entries()) {
    await writeSideBySide(ours.file, upstream.file, frame, files[i]);
  }
  return files.map((file) => path.relative(repoRoot, file));
}

/**
 * @param {import("./fixture.mjs").Fixture} fixture
 * @param {object} options
 * @param {string[]} options.flags for every render
 * @param {string[]} options.ourFlags for our side only
 * @param {boolean} options.noise upstream takes our side
 * @param {boolean} options.fresh render upstream again even where its output is kept
 * @param {boolean} options.pictures write them also where all is well
 * @param {string} outDir for pictures
 * @returns {Promise<Record<string, any>>} what the table shows; `problems` is empty when all is well
 */
export async function conform(fixture, options, outDir) {
  const flags = [...fixture.flags, ...options.flags];
  const upstreamFlags = oneWorker(flags);
  const given = [...flags, ...options.ourFlags];
  const ourFlags = options.noise ? oneWorker(given) : given;
  const project = await materialize(fixture.name);
  const renderUpstream = (output) => renderOrThrow("upstream", project, output, upstreamFlags);
  const kept = await upstreamOutput(fixture.name, upstreamFlags, renderUpstream, options.fresh);
  const scratch = await mkdtemp(path.join(os.tmpdir(), "hf-conformance-"));
  const at = (name) => path.join(scratch, `${name}.mp4`);
  try {
    // The lane upstream captures with: what differs then is the engine, not JPEG.
    const engine = options.noise ? "upstream" : "native";
    const seconds = await renderOrThrow(engine, project, at("ours"), ourFlags, "reference");
    const [ours, upstream] = await Promise.all([rendered(at("ours")), rendered(kept.file)]);
    const result = { seconds, ...(await compareFiles(fixture, ours, upstream)) };
    const files = { ours };
    if (!options.noise) {
      await renderOrThrow("native", project, at("chosen"), ourFlags);
      await renderOrThrow("native", project, at("lossless"), ourFlags, "lossless");
      files["chosen lane"] = await rendered(at("chosen"));
      await compareLanes(files["chosen lane"], at("lossless"), ours, result);
    }
    await compareNumbers(fixture, files, upstream, result);
    if (options.pictures || result.problems.length > 0) {
      const frames = result.worstFrames;
      result.pictures = await writePictures(fixture, ours, upstream, frames, outDir);
    }
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
