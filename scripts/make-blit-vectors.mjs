/**
 * Records what HyperFrames' own engine makes of small pictures: the golden results that
 * `__test__/rust/blit_vectors.rs` compares ours with. Run it again only to follow another version;
 * the recorded one is in `blits.json` (at first 0.8.33).
 *
 *   node scripts/make-blit-vectors.mjs <folder of an installed @hyperframes/engine>
 *
 * The package is installed like this, in a folder of its own; a newer linkedom than the override
 * is not needed:
 *
 *   npm pkg set overrides.linkedom=0.18.12
 *   PUPPETEER_SKIP_DOWNLOAD=1 npm install --ignore-scripts @hyperframes/engine@0.8.33
 *
 * Inputs are noise made of 32-bit integer arithmetic, which the test makes again. Results go, one
 * after the other, into `blits.bin` (rgb48, little endian); the cases with their offsets, and
 * samples and checksums of the transfer tables, into `blits.json`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./lib/run.mjs";

const OUT = join(ROOT, "__test__/rust/vectors");
/** Every how many entries a table is sampled: a prime, so that no pattern is met in step. */
const TABLE_STEP = 251;
const CANVAS = [40, 18];
const LAYER = [20, 14];
const SEEDS = { canvas: 1, layer: 2, photograph: 3 };

const engineDir = process.argv[2] && resolve(process.argv[2]);
if (!engineDir) throw new Error("give the folder of an installed @hyperframes/engine");
const engine = JSON.parse(readFileSync(join(engineDir, "package.json"), "utf8"));
const load = (name) => import(pathToFileURL(join(engineDir, engine.exports[name].import)).href);
const blit = await load("./alpha-blit");
const shaders = await load("./shader-transitions");

/** 16-bit noise: the upper half of a linear congruential generator's states. */
function noise(seed, count) {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  return Array.from({ length: count }, next);
}

function rgb48(values) {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => {
    buffer.writeUInt16LE(value, index * 2);
  });
  return buffer;
}

/** Noise whose alpha comes in runs of nothing, everything and noise. */
function photograph() {
  const [width, height] = CANVAS;
  const bytes = noise(SEEDS.photograph, width * height * 4).map((value) => value & 255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const run = ((pixel % width) + 5 * Math.floor(pixel / width)) >> 4;
    if (run % 3 < 2) bytes[pixel * 4 + 3] = run % 3 === 0 ? 0 : 255;
  }
  return Uint8Array.from(bytes);
}

const picture = (seed, [width, height]) => rgb48(noise(seed, width * height * 3));
const cases = [];
const results = [];
let offset = 0;

function record(entry, result) {
  cases.push({ ...entry, offset, bytes: result.length });
  results.push(result);
  offset += result.length;
}

function recordOverlays() {
  for (const transfer of ["srgb", "hlg", "pq"]) {
    const canvas = picture(SEEDS.canvas, CANVAS);
    blit.blitRgba8OverRgb48le(photograph(), canvas, ...CANVAS, transfer);
    record({ kind: "overlay", transfer }, canvas);
  }
}

function recordRegions() {
  for (const [x, y, opacity, radii] of [
    [5, 6, 1, null],
    [-7, -3, 1, null],
    [34, 14, 0.9985, null],
    [5, 6, 0.5, null],
    [-9, 10, 0.317, null],
    [5, 6, 0, null],
    [5, 6, 1, [6, 3, 5, 0]],
    [-4, 6, 0.3, [6, 3, 5, 7]],
    [31, -5, 0.8, [2.5, 9.25, 4, 30]],
  ]) {
    const canvas = picture(SEEDS.canvas, CANVAS);
    const layer = picture(SEEDS.layer, LAYER);
    blit.blitRgb48leRegion(canvas, layer, x, y, ...LAYER, ...CANVAS, opacity, radii ?? undefined);
    record({ kind: "region", x, y, opacity, radii }, canvas);
  }
}

function recordAffines() {
  const turned = (angle) => [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle)];
  for (const [matrix, opacity, radii] of [
    [[1, 0, 0, 1, 0, 0], 1, null],
    [[1, 0, 0, 1, 26, -2], 0.7, [3, 4, 5, 6]],
    [[1, 0, 0, 1, 3.25, 4.5], 1, null],
    [[1.7, 0, 0, 0.6, 2, 3], 0.8, null],
    [[2.9, 0, 0, 2.1, -6, -4], 1, null],
    [[...turned(0.5), 14, 2], 1, [4, 4, 4, 4]],
    [[...turned(-2.2), 30, 22], 0.45, null],
    [[-1, 0, 0, 1, 30, 5], 0.25, null],
    [[1, 0.3, -0.8, 1, 12.5, -3], 1, [0, 7, 0, 2]],
    [[1, 1, 1, 1, 0, 0], 1, null],
  ]) {
    const canvas = picture(SEEDS.canvas, CANVAS);
    const layer = picture(SEEDS.layer, LAYER);
    blit.blitRgb48leAffine(canvas, layer, matrix, ...LAYER, ...CANVAS, opacity, radii ?? undefined);
    record({ kind: "affine", matrix, opacity, radii }, canvas);
  }
}

/** Positions that upstream reads as CSS means them, with the shares of the free room they name. */
function recordResamples() {
  const layer = picture(SEEDS.layer, LAYER);
  for (const size of [
    [11, 13],
    [27, 9],
    [20, 14],
  ]) {
    for (const fit of ["fill", "cover", "contain", "none", "scale-down"]) {
      for (const [position, fractions] of [
        ["50% 50%", [0.5, 0.5]],
        ["0% 0%", [0, 0]],
        ["right", [1, 0.5]],
        ["25% 75%", [0.25, 0.75]],
        ["center top", [0.5, 0]],
      ]) {
        const made = blit.resampleRgb48leObjectFit(layer, ...LAYER, ...size, fit, position);
        record({ kind: "resample", fit, position, fractions, size }, made);
      }
    }
  }
}

/** FNV-1a over the entries, a 16-bit entry at a time. */
const checksum = (entries) =>
  entries.reduce((hash, entry) => Math.imul(hash ^ entry, 16777619) >>> 0, 2166136261);

function tables() {
  const conversions = {
    "pq-linear": (buffer) => shaders.hdrToLinear(buffer, "pq"),
    "hlg-linear": (buffer) => shaders.hdrToLinear(buffer, "hlg"),
    "linear-pq": (buffer) => shaders.linearToHdr(buffer, "pq"),
    "linear-hlg": (buffer) => shaders.linearToHdr(buffer, "hlg"),
    "hlg-pq": (buffer) => shaders.convertTransfer(buffer, "hlg", "pq"),
    "pq-hlg": (buffer) => shaders.convertTransfer(buffer, "pq", "hlg"),
  };
  return Object.entries(conversions).map(([name, convert]) => {
    const buffer = rgb48(Array.from({ length: 65536 }, (_, value) => value));
    convert(buffer);
    const all = Array.from({ length: 65536 }, (_, index) => buffer.readUInt16LE(index * 2));
    // Where upstream's table starts again from black, ours goes on as white.
    const drop = all.findIndex((value, index) => index > 0 && value < all[index - 1]);
    const entries = drop < 0 ? all : all.slice(0, drop);
    const samples = entries.filter((_, index) => index % TABLE_STEP === 0);
    return { name, entries: entries.length, checksum: checksum(entries), samples };
  });
}

recordOverlays();
recordRegions();
recordAffines();
recordResamples();
mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, "blits.bin"), Buffer.concat(results));
const index = {
  engine: engine.version,
  canvas: CANVAS,
  layer: LAYER,
  seeds: SEEDS,
  tableStep: TABLE_STEP,
  cases,
  tables: tables(),
};
writeFileSync(join(OUT, "blits.json"), `${JSON.stringify(index)}\n`);
console.log(`${cases.length} cases, ${offset} bytes, of engine ${engine.version}`);
