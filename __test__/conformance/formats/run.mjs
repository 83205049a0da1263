#!/usr/bin/env node
/**
 * The table of formats: format, quality, transparency, sound, frame rate and size, each cell
 * rendered by both engines and compared by codec, profile, pixel format, colour tags, time base,
 * counts and times of frames, kinds of pictures and metadata. See docs/conformance.md.
 */
import { parseArgs } from "node:util";
import { compareCell } from "./cell.mjs";
import { cellsOf } from "./cells.mjs";

const HELP = `npm run matrix:formats -- [options] [word...]
  word           only cells whose names have all these words, e.g. hls sound 29.97 odd
  --fresh        render upstream again even where what it made is kept
  --jobs N       cells at a time (default 2)
  --list         list the cells`;
const print = console.log;
// Upstream's engine talks.
console.log = console.info = console.warn = console.error = () => {};

/** Differences shown of a cell. */
const SHOWN = 8;

/** What of a cell differs, or why it could not be rendered. */
async function resultOf(cell, { fresh }) {
  try {
    return { cell, found: await compareCell(cell, { fresh }), failed: false };
  } catch (error) {
    return { cell, found: [`failed: ${error.message}`], failed: true };
  }
}

function show({ cell, found }) {
  print(`${found.length === 0 ? "same" : "DIFFERS"}  ${cell.name}`);
  for (const line of found.slice(0, SHOWN)) print(`    ${line}`);
  if (found.length > SHOWN) print(`    and ${found.length - SHOWN} more`);
}

/** Compares some cells at a time. One that fails beside others is rendered again alone. */
async function compareAll(cells, { jobs, fresh }) {
  const results = [];
  const again = [];
  const waiting = cells.values();
  const next = async () => {
    // The iterator is shared: each cell is taken once.
    for (const cell of waiting) {
      const result = await resultOf(cell, { fresh });
      if (result.failed) {
        again.push(cell);
        continue;
      }
      results.push(result);
      show(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, next));
  for (const cell of again) {
    const result = await resultOf(cell, { fresh });
    results.push(result);
    show(result);
  }
  return results;
}

function summary(results) {
  const formats = Map.groupBy
    ? Map.groupBy(results, ({ cell }) => cell.format)
    : results.reduce(
        (map, one) => map.set(one.cell.format, [...(map.get(one.cell.format) ?? []), one]),
        new Map(),
      );
  for (const [format, list] of formats) {
    const differing = list.filter(({ found }) => found.length > 0).length;
    print(`${format.padEnd(14)}${list.length} cells, ${differing} differ`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fresh: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    list: { type: "boolean", default: false },
  },
});
const cells = cellsOf(positionals);
const jobs = Number(values.jobs);
if (values.help || cells.length === 0 || !Number.isInteger(jobs) || jobs < 1) {
  print(HELP);
  process.exitCode = values.help ? 0 : 2;
} else if (values.list) {
  for (const { name } of cells) print(name);
} else {
  const began = performance.now();
  const results = await compareAll(cells, { jobs, fresh: values.fresh });
  summary(results);
  const differing = results.filter(({ found }) => found.length > 0).length;
  const seconds = Math.round((performance.now() - began) / 1000);
  print(`${results.length} cells in ${seconds} s, ${differing} differ`);
  process.exitCode = differing > 0 ? 1 : 0;
}
