#!/usr/bin/env node
/**
 * Renders each fixture with the native engine in ways that must give one picture: in Chrome's small
 * tiles and in one tile for the page, and with one, two and three workers. Workers may move nothing.
 * Tiles may: gradients are dithered by tile, and curves are cut at its borders before their edges are
 * smoothed. See docs/conformance.md.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { browserPath } from "../../scripts/lib/browser.mjs";
import { fixtureNames, materialize } from "../../scripts/materialize.mjs";
import { renderCommand, runRender } from "./engines.mjs";
import { loadFixture } from "./fixture.mjs";

const run = promisify(execFile);
const RENDER_TIMEOUT_MS = 300_000;
const COMPARE = { timeout: 120_000, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 };
/** Worst frame of another tiling, dB: as for a render against upstream's. */
const MIN_DB = 50;
/** A tile of this side holds a page of 8K. */
const TILE = 8192;
/** The first is what the others are compared with. */
const WAYS = [
  { name: "small tiles, 1 worker", workers: 1 },
  { name: "one tile", workers: 1, tile: true },
  { name: "2 workers", workers: 2 },
  { name: "3 workers", workers: 3 },
];
const HELP = `node __test__/conformance/alike.mjs [fixture...]`;

/** A browser that is ours with one tile for the page; Chrome takes the last of two equal flags. */
async function oneTileBrowser(dir) {
  const file = path.join(dir, "chromium-headless-shell");
  const flags = `--default-tile-width=${TILE} --default-tile-height=${TILE}`;
  await writeFile(file, `#!/bin/sh\nexec '${browserPath()}' "$@" ${flags}\n`);
  await chmod(file, 0o755);
  return file;
}

async function ffmpeg(before, after, graph) {
  const args = ["-v", "error", "-nostdin", "-i", before, "-i", after, "-lavfi", graph];
  const file = process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";
  return (await run(file, [...args, "-f", "null", "-"], COMPARE)).stdout;
}

/**
 * How far two files of equally many frames are apart.
 * @returns {Promise<{step: number, db: number}>} the largest difference of any value of 255, and the
 *   worst frame
 */
async function distance(before, after) {
  const counts = await Promise.all([frameCount(before), frameCount(after)]);
  if (counts[0] !== counts[1]) throw new Error(`${counts.join(" and ")} frames`);
  const steps = await ffmpeg(
    before,
    after,
    "blend=all_mode=difference,signalstats,metadata=print:file=-",
  );
  const step = Math.max(
    ...[...steps.matchAll(/signalstats\.[YUV]MAX=(\d+)/g)].map((match) => Number(match[1])),
  );
  const ratios = await ffmpeg(before, after, "psnr=stats_file=-");
  const db = Math.min(
    ...[...ratios.matchAll(/psnr_avg:(\S+)/g)].map(([, text]) =>
      text === "inf" ? Number.POSITIVE_INFINITY : Number(text),
    ),
  );
  return { step, db };
}

async function frameCount(file) {
  const args = ["-v", "error", "-select_streams", "v", "-count_packets"];
  const show = ["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", file];
  const ffprobe = process.env.HYPERFRAMES_FFPROBE_PATH || "ffprobe";
  return Number.parseInt((await run(ffprobe, [...args, ...show], COMPARE)).stdout, 10);
}

/** Renders a fixture in all ways and tells what is not alike. */
async function alike(name, dir, browser) {
  const fixture = await loadFixture(name);
  const project = await materialize(name);
  const files = [];
  const cells = [];
  let failed = false;
  for (const [index, way] of WAYS.entries()) {
    const file = path.join(dir, `${name}-${index}.mp4`);
    const flags = [...fixture.flags, "--crf", "0", "--workers", String(way.workers)];
    const command = renderCommand("native", project, file, flags);
    if (way.tile) command.env.HYPERFRAMES_BROWSER_PATH = browser;
    const { code, tail } = await runRender(command, { timeoutMs: RENDER_TIMEOUT_MS });
    if (code !== 0) throw new Error(`${way.name}: the render ended with ${code}\n${tail}`);
    files.push(file);
    if (index === 0) continue;
    const { step, db } = await distance(files[0], file);
    const isAlike = way.tile ? db >= MIN_DB : step === 0;
    failed ||= !isAlike;
    cells.push(`${way.name} ${step === 0 ? "equal" : `${step} of 255, ${db} dB`}`);
  }
  await Promise.all(files.map((file) => rm(file)));
  return { failed, text: cells.join(", ") };
}

async function main() {
  const options = { help: { type: "boolean", short: "h" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return console.log(HELP);
  const names = positionals.length > 0 ? positionals : await fixtureNames();
  const dir = await mkdtemp(path.join(os.tmpdir(), "hf-alike-"));
  let failures = 0;
  try {
    await mkdir(path.join(dir, "browser"));
    const browser = await oneTileBrowser(path.join(dir, "browser"));
    for (const name of names) {
      const result = await alike(name, dir, browser).catch((error) => ({
        failed: true,
        text: error.message,
      }));
      if (result.failed) failures += 1;
      console.log(`${result.failed ? "FAILED" : "ok"} ${name}: ${result.text}`);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  console.log(`${names.length - failures} passed, ${failures} failed`);
  process.exitCode = failures > 0 ? 1 : 0;
}

await main();
