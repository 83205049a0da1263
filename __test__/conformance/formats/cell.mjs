/** One cell of the table of formats, rendered by both engines and compared. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderJob, resolveUpstream } from "../../../dist/index.js";
import { findBrowser } from "../../../scripts/lib/browser.mjs";
import { repoRoot } from "../../../scripts/materialize.mjs";
import { versionLine } from "../engines.mjs";
import { evenCell, writeCell } from "./cells.mjs";
import { factsOf } from "./facts.mjs";

const KEPT = path.join(repoRoot, ".cache", "upstream-formats");
const silent = { error() {}, warn() {}, info() {}, debug() {} };
/** Longest time of one render, ms. */
const DEADLINE_MS = 120_000;
let upstream;

/**
 * Renders a cell by both engines and compares what they made.
 *
 * @param {import("./cells.mjs").Cell} cell
 * @param {{ fresh?: boolean }} [options] fresh: upstream renders although its facts are kept
 * @returns {Promise<string[]>} a line for each difference
 */
export async function compareCell(cell, { fresh = false } = {}) {
  const dir = mkdtempSync(path.join(tmpdir(), "hf-cell-"));
  try {
    const project = await projectOf(cell, path.join(dir, "project"));
    const theirs = cell.padded
      ? await paddedFacts(cell, project, dir, fresh)
      : await upstreamFacts(cell, project, dir, fresh);
    const output = path.join(dir, `ours.${cell.format}`);
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const places = { projectDir: project, outputPath: output };
    const made = await renderJob({ ...options(cell), ...places, signal }).catch((error) => {
      throw new Error(`ours: ${error.message}`, { cause: error });
    });
    if (made.engine !== "native") throw new Error(`${cell.name}: rendered by ${made.engine}`);
    return differences(factsOf(output, cell), theirs);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function projectOf(cell, folder) {
  mkdirSync(folder);
  await writeCell(folder, cell);
  return folder;
}

/**
 * What upstream makes of the size that an odd one is padded to, where it fails with the odd one. That it
 * still does is a part of the facts: else this cell is compared as all others.
 */
async function paddedFacts(cell, project, dir, fresh) {
  const { refused } = await upstreamFacts(cell, project, dir, fresh);
  if (!refused) throw new Error(`${cell.name}: upstream renders it, so "padded" is wrong`);
  const even = evenCell(cell);
  return upstreamFacts(even, await projectOf(even, path.join(dir, "even")), dir, fresh);
}

/** Options of `renderJob` that are fields of upstream's configuration, too. */
function options({ format, quality, fps }) {
  const segment = format === "hls" ? { hlsSegmentSeconds: 1 } : {};
  return { format, quality, fps, workers: 1, logger: silent, ...segment };
}

/** What upstream makes of a cell; rendered once, and kept until anything that shapes it changes. */
async function upstreamFacts(cell, project, dir, fresh) {
  upstream ??= await resolveUpstream([repoRoot]);
  const { namespace, version } = upstream;
  const page = readFileSync(path.join(project, "index.html"), "utf8");
  const readers = ["facts.mjs", "cells.mjs"].map((name) =>
    readFileSync(new URL(name, import.meta.url), "utf8"),
  );
  const tools = [versionLine(findBrowser(), "--version"), versionLine("ffmpeg", "-version")];
  const shape = JSON.stringify([cell, page, readers, version, tools]);
  const key = createHash("sha256").update(shape).digest("hex").slice(0, 20);
  const file = path.join(KEPT, `${key}.json`);
  if (!fresh && existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const output = path.join(dir, `theirs.${cell.format}`);
  const engine = { browserGpuMode: "software", forceScreenshot: false, chromePath: findBrowser() };
  const job = namespace.createRenderJob({
    ...options(cell),
    producerConfig: namespace.resolveConfig(engine),
  });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const odd = cell.size.some((length) => length % 2);
  const facts = await namespace.executeRenderJob(job, project, output, undefined, signal).then(
    () => factsOf(output, cell),
    (error) => {
      if (cell.padded && odd && !signal.aborted) return { refused: error.message };
      throw new Error(`upstream: ${error.message}`, { cause: error });
    },
  );
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(file, JSON.stringify(facts));
  return facts;
}

/** A line for each value that differs, with its place. */
function differences(ours, theirs, place = "") {
  const isObject = (value) => typeof value === "object" && value !== null;
  if (isObject(ours) && isObject(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...keys].flatMap((key) => differences(ours[key], theirs[key], `${place}/${key}`));
  }
  if (ours === theirs) return [];
  return [`${place}: ${JSON.stringify(ours)}, upstream ${JSON.stringify(theirs)}`];
}
