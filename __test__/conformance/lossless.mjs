#!/usr/bin/env node
/**
 * How far each engine's source frames are from a picture without loss. Both render PNG sequences,
 * so that neither the capture nor x264 adds to what the source frames have lost on their way. The
 * native engine fails where it is further away than upstream. See docs/conformance.md.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { browserPath } from "../../scripts/lib/browser.mjs";
import { fixtureNames, fixturesDir, materialize, readRecipe } from "../../scripts/materialize.mjs";
import { withChromeVideo } from "./chrome-video.mjs";
import { renderCommand, runRender } from "./engines.mjs";
import { loadFixture } from "./fixture.mjs";
import { shownNumbers } from "./frame-numbers.mjs";
import {
  asInput,
  decibels,
  frameCount,
  frameName,
  pictureSize,
  rgbFrames,
} from "./png-sequence.mjs";

const RENDER_TIMEOUT_MS = 300_000;
/** Frames that Chrome's own picture is taken of. */
const CHROME_SAMPLES = 4;
/** Figures are rounded to this; a smaller difference is none. */
const STEP_DB = 0.01;
const HELP = `node __test__/conformance/lossless.mjs [options] [fixture...]
  --against png     upstream with --video-frame-format png (default)
  --against chrome  what Chrome's own <video> shows for the same source frames
  --upstream-only   without the native engine
  --json FILE       write the results there as well`;

async function renderSequence(engine, fixture, project, output, flags = []) {
  const all = [...fixture.flags, "--format", "png-sequence", ...flags];
  const command = renderCommand(engine, project, output, all);
  const { code, tail } = await runRender(command, { timeoutMs: RENDER_TIMEOUT_MS });
  if (code !== 0) throw new Error(`${engine} ended with ${code}\n${tail}`);
  return output;
}

/** Seconds to seek each clip's element to, by id, so that it shows the frame that was read. */
function seekTimes(regions, clips, numbers, frame) {
  const times = {};
  regions.forEach(({ name }, i) => {
    const [clip, source] = numbers[i][frame]?.split(":").map(Number) ?? [];
    const spec = clips.find((candidate) => (candidate.clip ?? 0) === clip);
    if (!spec) return;
    const [frames, seconds = 1] = spec.fps.split("/").map(Number);
    times[name] = ((source + 0.5) * seconds) / frames;
  });
  return times;
}

/**
 * Chrome's pictures of some frames.
 * @returns {Promise<{frames: number[], dir: string}>} `frames`: which frame of the render each is of
 */
async function chromePictures(fixture, project, upstream, dir) {
  const { recipe } = await readRecipe(path.join(fixturesDir, fixture.name));
  if (!fixture.numbers.length) throw new Error('needs "numbers", named as the elements are');
  const size = await pictureSize(upstream);
  const [frameRate, per = 1] = (recipe.fps ?? "30").split("/").map(Number);
  const video = { ...size, rate: frameRate / per };
  const numbers = await shownNumbers(asInput(upstream), video, fixture.numbers);
  const count = await frameCount(upstream);
  const frames = Array.from({ length: CHROME_SAMPLES }, (_, i) =>
    Math.floor(((i + 0.5) * count) / CHROME_SAMPLES),
  );
  await mkdir(dir, { recursive: true });
  await withChromeVideo(browserPath(), path.join(project, "index.html"), size, async (show) => {
    for (const [i, frame] of frames.entries()) {
      const png = await show(seekTimes(fixture.numbers, recipe.clips ?? [], numbers, frame));
      await writeFile(path.join(dir, frameName(i)), png);
    }
  });
  return { frames, dir };
}

/** Whole pixels that lie inside a region, and in the picture. */
function inside([x, y, width, height], size) {
  const [left, top] = [Math.max(Math.ceil(x), 0), Math.max(Math.ceil(y), 0)];
  const [right, bottom] = [
    Math.min(Math.floor(x + width), size.width),
    Math.min(Math.floor(y + height), size.height),
  ];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** PSNR of the whole picture and of each clip's place, over all compared frames. */
async function figures(fixture, dir, frames, sequence) {
  const size = await pictureSize(sequence);
  const areas = [["all", { x: 0, y: 0, ...size }]];
  for (const { name, rect, to } of fixture.numbers) {
    if (!to) areas.push([name, inside(rect, size)]);
  }
  const [right, made] = [await rgbFrames(dir, size), await rgbFrames(sequence, size)];
  const pairs = frames.map((frame, i) => [right[i], made[frame]]);
  return Object.fromEntries(areas.map(([name, area]) => [name, decibels(pairs, size, area)]));
}

async function measure(fixture, { against, upstreamOnly }) {
  const project = await materialize(fixture.name);
  const scratch = await mkdtemp(path.join(os.tmpdir(), "hf-lossless-"));
  const at = (name) => path.join(scratch, name);
  try {
    const upstream = await renderSequence("upstream", fixture, project, at("upstream"));
    let right;
    if (against === "chrome") {
      right = await chromePictures(fixture, project, upstream, at("chrome"));
    } else {
      const flags = ["--video-frame-format", "png"];
      const dir = await renderSequence("upstream", fixture, project, at("png"), flags);
      right = { dir, frames: [...Array(await frameCount(dir)).keys()] };
    }
    const result = {
      upstream: await figures(fixture, right.dir, right.frames, upstream),
    };
    if (upstreamOnly) return { ...result, problems: [] };
    const ours = await renderSequence("native", fixture, project, at("ours"));
    const [a, b] = [await frameCount(ours), await frameCount(upstream)];
    if (a !== b) return { ...result, problems: [`${a} frames instead of ${b}`] };
    result.ours = await figures(fixture, right.dir, right.frames, ours);
    const problems = Object.entries(result.upstream)
      .filter(([name, db]) => result.ours[name] < db - STEP_DB)
      .map(([name, db]) => `${name}: ${show(result.ours[name])} dB, upstream has ${show(db)}`);
    return { ...result, problems };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const show = (db) =>
  db === undefined ? "-" : db === Number.POSITIVE_INFINITY ? "inf" : db.toFixed(2);

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      against: { type: "string", default: "png" },
      "upstream-only": { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (!["png", "chrome"].includes(values.against)) {
    throw new Error(`--against is ${values.against}; it takes png or chrome`);
  }
  const known = await fixtureNames();
  for (const name of positionals) {
    if (!known.includes(name))
      throw new Error(`no fixture "${name}"; there are: ${known.join(", ")}`);
  }
  const names = positionals.length ? positionals : known.filter((name) => /^video-/.test(name));
  const options = { against: values.against, upstreamOnly: values["upstream-only"] };
  console.log(`PSNR in dB against ${options.against}, over RGB`);
  console.log("fixture             clip      upstream      ours");
  const results = [];
  for (const name of names) {
    const result = await measure(await loadFixture(name), options).catch((error) => ({
      problems: [error.message],
    }));
    results.push({ name, ...result });
    for (const [clip, db] of Object.entries(result.upstream ?? {})) {
      const cells = [name.padEnd(19), clip.padEnd(9), show(db).padStart(8)];
      console.log([...cells, show(result.ours?.[clip]).padStart(9)].join(" "));
    }
    for (const problem of result.problems) console.log(`    ${name}: ${problem}`);
  }
  const failed = results.filter((result) => result.problems.length).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  if (values.json) {
    const text = JSON.stringify(results, (_, v) => (v === Number.POSITIVE_INFINITY ? "inf" : v), 2);
    await writeFile(values.json, `${text}\n`);
  }
  process.exitCode = failed ? 1 : 0;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 2;
}
