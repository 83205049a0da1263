#!/usr/bin/env node
/**
 * Lets the published engine draw transitions, as the measure of ours, into `.cache/blend-oracle/`.
 * What is there is kept. Sizes by name; `small medium` (which the tests compare) without any.
 *
 *   node scripts/blend-oracle.mjs [small|medium|large ...]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PAIRS } from "./lib/blend-inputs.mjs";
import { CACHE_DIR } from "./lib/run.mjs";
import {
  ENGINE_VERSION,
  installEngine,
  loadEngineTransitions,
} from "./lib/upstream-transitions.mjs";

/** Where the pictures are: a folder per size, with an `index.json`. */
export const ORACLE_DIR = join(CACHE_DIR, "blend-oracle", ENGINE_VERSION);

const THROUGHOUT = [0, 0.1, 0.25, 1 / 3, 0.37, 0.5, 0.75, 0.9, 1];
/** The engine takes a tenth of a second for all at the first size, a minute for each at the last. */
const SIZES = {
  small: { width: 64, height: 36, progress: { noise: THROUGHOUT, scene: THROUGHOUT } },
  medium: { width: 854, height: 480, progress: { noise: [0.5], scene: [0.37] } },
  large: { width: 1920, height: 1080, progress: { noise: [0.5], scene: [0.37] } },
};

/** @param {string[]} names of {@link SIZES} */
export async function drawOracle(names) {
  for (const name of names) {
    if (!SIZES[name]) throw new Error(`no size "${name}"; there are: ${Object.keys(SIZES)}`);
  }
  await installEngine();
  const transitions = await loadEngineTransitions();
  for (const name of names) drawSize(SIZES[name], transitions);
}

function drawSize({ width, height, progress }, transitions) {
  const dir = join(ORACLE_DIR, `${width}x${height}`);
  const cases = Object.entries(progress).flatMap(([pair, values]) =>
    Object.keys(transitions).flatMap((transition) =>
      values.map((value) => ({
        pair,
        transition,
        progress: value,
        file: `${pair}-${transition}-${value.toFixed(4)}.rgb48`,
      })),
    ),
  );
  const index = `${JSON.stringify({ engine: ENGINE_VERSION, width, height, cases }, null, 1)}\n`;
  const indexFile = join(dir, "index.json");
  // Written last: with it, everything is there.
  if (existsSync(indexFile) && readFileSync(indexFile, "utf8") === index) return;
  mkdirSync(dir, { recursive: true });
  for (const pair of Object.keys(progress)) {
    const { from, to } = PAIRS[pair](width, height);
    writeFileSync(join(dir, `${pair}-from.rgb48`), from);
    writeFileSync(join(dir, `${pair}-to.rgb48`), to);
    const out = Buffer.alloc(from.length);
    for (const { transition, progress, file } of cases.filter((c) => c.pair === pair)) {
      transitions[transition](from, to, out, width, height, progress);
      writeFileSync(join(dir, file), out);
    }
  }
  writeFileSync(indexFile, index);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const names = process.argv.slice(2);
  drawOracle(names.length > 0 ? names : ["small", "medium"]).catch((error) => {
    console.error(`blend-oracle: ${error.message}`);
    process.exitCode = 1;
  });
}
