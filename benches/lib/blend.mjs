/**
 * Every transition, beside the engine's own on its one thread, in one run: ms per frame at
 * progress 0.5 of white noise, native and engine alternately (A B A B), medians.
 */
import { fork } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { PAIRS } from "../../scripts/lib/blend-inputs.mjs";
import {
  ENGINE_VERSION,
  installEngine,
  loadEngineTransitions,
} from "../../scripts/lib/upstream-transitions.mjs";

const SIZES = [
  { name: "854x480", width: 854, height: 480, rounds: 3 },
  // The engine takes a minute for all fifteen here: once.
  { name: "1920x1080", width: 1920, height: 1080, rounds: 1 },
  // And here four: scaled by the pixels from the size before.
  { name: "3840x2160", width: 3840, height: 2160, rounds: 0 },
];
const NATIVE_FRAMES = 9;
const PROGRESS = 0.5;
/** What bench results are kept in: fields of all sizes fit. */
const CACHE_BYTES = 1024 ** 3;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Geometric mean. */
export const geometricMean = (values) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** One transition of the engine in a process of its own, where nothing else shapes its code. */
async function engineFrame(transition, { width, height }) {
  const child = fork(fileURLToPath(import.meta.url), ["engine", transition, width, height]);
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the engine's process ended with ${code}`)));
  });
}

/** Milliseconds of one frame, after a small one that warms the code up. */
async function timeEngine(transition, width, height) {
  const draw = (await loadEngineTransitions())[transition];
  const time = (w, h) => {
    const { from, to } = PAIRS.noise(w, h);
    const out = Buffer.alloc(from.length);
    const start = performance.now();
    draw(from, to, out, w, h, PROGRESS);
    return performance.now() - start;
  };
  for (let n = 0; n < 5; n++) time(160, 90);
  process.send(time(width, height));
}

async function nativeFrame(pool, transition, { width, height }, { from, to, out }) {
  const times = [];
  for (let n = 0; n < NATIVE_FRAMES; n++) {
    const start = performance.now();
    await pool.blend(transition, from, to, out, width, height, PROGRESS);
    times.push(performance.now() - start);
  }
  // The first one computes what later frames find in the cache.
  return { first: times[0], ms: median(times.slice(1)) };
}

/** @param {{ json?: string, resultsDir: string }} options */
export async function benchBlend({ json, resultsDir }) {
  await installEngine();
  const { BlendPool } = await import("../../dist/index.js");
  const names = Object.keys(await loadEngineTransitions());
  const pools = {
    one: new BlendPool({ threads: 1, cacheBytes: CACHE_BYTES }),
    all: new BlendPool({ cacheBytes: CACHE_BYTES }),
  };
  const cpus = os.availableParallelism();
  console.log(
    `blend: native on 1 and ${cpus} threads, @hyperframes/engine ${ENGINE_VERSION} on one`,
  );
  const results = {};
  let smaller;
  for (const size of SIZES) {
    const { from, to } = PAIRS.noise(size.width, size.height);
    const frames = { from, to, out: Buffer.alloc(from.length) };
    const rows = {};
    for (const name of names) {
      const engine = [];
      const native = [];
      for (let round = 0; round < Math.max(1, size.rounds); round++) {
        native.push(await nativeFrame(pools.all, name, size, frames));
        if (size.rounds > 0) engine.push(await engineFrame(name, size));
      }
      if (size.rounds > 0) native.push(await nativeFrame(pools.all, name, size, frames));
      const one = await nativeFrame(pools.one, name, size, frames);
      const all = median(native.map(({ ms }) => ms));
      const scale = smaller ? (size.width * size.height) / smaller.pixels : 1;
      const upstream = engine.length > 0 ? median(engine) : smaller.rows[name].engine * scale;
      rows[name] = {
        engine: upstream,
        one: one.ms,
        all,
        first: native[0].first,
        ratio: upstream / all,
      };
    }
    results[size.name] = rows;
    smaller = { rows, pixels: size.width * size.height };
    print(size, rows);
  }
  await Promise.all(Object.values(pools).map((pool) => pool.close()));
  const file = json ?? path.join(resultsDir, "blend.json");
  await mkdir(path.dirname(file), { recursive: true });
  const report = {
    engine: ENGINE_VERSION,
    cpus,
    model: os.cpus()[0]?.model,
    node: process.version,
  };
  await writeFile(file, `${JSON.stringify({ ...report, results }, null, 2)}\n`);
  console.log(`written to ${path.relative(process.cwd(), file)}`);
}

function print({ name, rounds }, rows) {
  const scaled = rounds === 0 ? " (engine: scaled by pixels, not run)" : "";
  console.log(`\n${name}, ms a frame${scaled}`);
  const line = (cells) =>
    console.log(
      cells[0].padEnd(22) +
        cells
          .slice(1)
          .map((c) => c.padStart(12))
          .join(""),
    );
  line(["transition", "engine", "one thread", "all", "first", "engine/all"]);
  for (const [transition, row] of Object.entries(rows)) {
    const ms = [row.engine, row.one, row.all, row.first].map((value) => value.toFixed(1));
    line([transition, ...ms, `${row.ratio.toFixed(0)}x`]);
  }
  const ratios = Object.values(rows).map(({ ratio }) => ratio);
  const [mean, least] = [geometricMean(ratios), Math.min(...ratios)];
  console.log(`geometric mean ${mean.toFixed(0)}x, least ${least.toFixed(0)}x`);
}

if (process.argv[2] === "engine" && process.send) {
  const [transition, width, height] = process.argv.slice(3);
  await timeEngine(transition, Number(width), Number(height));
}
