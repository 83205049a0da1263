/**
 * The floor of a case: drawing its frames in one browser without reading them, and encoding the
 * same frames without a browser. With source video, decoding it takes the place of drawing.
 * Everything that a render takes beyond is its own doing.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { InterruptedError } from "../../../__test__/conformance/engines.mjs";
import { TRANSPARENT } from "../output.mjs";
import { beginFrameArgs, drivenLaunch } from "./begin-frame-args.mjs";
import { encodeFloor } from "./floor-encode.mjs";
import { renderFloor } from "./floor-render.mjs";
import { decodeFloor, describeVideoFloor } from "./video-floor.mjs";

const run = promisify(execFile);
const COMPILE_MS = 120_000;
const COMPILER = fileURLToPath(new URL("./save-compiled.mjs", import.meta.url));

/** Ways to raster a page that the floor is the best of; Chrome takes the last of two equal flags. */
const TILES = {
  "small tiles": [],
  "one tile": ["--default-tile-width=8192", "--default-tile-height=8192", "--num-raster-threads=1"],
};

/** The compiled composition of a project; paths absolute. */
async function compileInto(dir, { project, fps, format }, signal) {
  const args = [COMPILER, project, dir, String(fps), format];
  await run(process.execPath, args, { signal, timeout: COMPILE_MS, killSignal: "SIGKILL" });
  const composition = JSON.parse(await readFile(path.join(dir, "compiled.json"), "utf8"));
  for (const field of ["documentPath", "compiledDir", "projectDir"]) {
    composition[field] = path.join(dir, composition[field]);
  }
  return composition;
}

/**
 * @typedef {object} Floor
 * @property {number} frames
 * @property {{wallSeconds: number, cpuSeconds: number, medianMs: number, damaged: number, tiles: string}} render
 * @property {{wallSeconds: number, cpuSeconds: number}} encode
 * @property {number} sumSeconds one after the other: both walls
 * @property {number} boundSeconds all at once on this machine: the cores busy with nothing else, but
 *   not below the encoder's own wall
 */

/**
 * @param {Floor["render"]} render
 * @param {Floor["encode"]} encode
 * @param {number} frames
 * @param {number} cores
 * @returns {Floor}
 */
export function floorOf(render, encode, frames, cores) {
  return {
    frames,
    render,
    encode,
    sumSeconds: render.wallSeconds + encode.wallSeconds,
    boundSeconds: Math.max(encode.wallSeconds, (render.cpuSeconds + encode.cpuSeconds) / cores),
  };
}

/** Does some work that stops when the user stops the run. */
async function interruptible(work) {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new InterruptedError("interrupted"));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const { signal } = controller;
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

async function measureDrawing({ format, fps, scale = 1, frames, ...options }, launches, signal) {
  const launch = drivenLaunch(launches);
  if (!launch) throw new Error("no browser was seen in upstream's render");
  const [executable, ...args] = launch;
  const composition = await compileInto(options.dir, { ...options, fps, format }, signal);
  const drawings = [];
  for (const [tiles, flags] of Object.entries(TILES)) {
    const drawing = await renderFloor({
      composition,
      frames,
      fps,
      scale,
      transparent: TRANSPARENT.has(format),
      executable,
      args: [...beginFrameArgs(args, scale), ...flags],
      signal,
    });
    drawings.push({ ...drawing, tiles });
  }
  return best(drawings);
}

/**
 * The drawing that took least.
 * @template {{wallSeconds: number}} D
 * @param {D[]} drawings at least one
 * @returns {D}
 */
export function best(drawings) {
  return drawings.reduce((a, b) => (b.wallSeconds < a.wallSeconds ? b : a));
}

/**
 * Measures both parts, one after the other.
 * @param {object} options
 * @param {string} options.dir for the compiled composition; must not exist yet
 * @param {string} options.project
 * @param {string} options.format of the case
 * @param {number} options.fps
 * @param {number} [options.scale] device pixels per CSS pixel
 * @param {number} options.frames
 * @param {string} options.output a finished render with these frames
 * @param {string} options.outputFormat
 * @param {{kind: string, args: string[]}[]} options.commands seen in upstream's render
 * @param {import("./video-floor.mjs").Window[]} [options.windows] of source video
 * @returns {Promise<Floor | import("./video-floor.mjs").VideoFloor>} the latter with `windows`
 */
export async function measureFloor(options) {
  const { frames, commands, windows } = options;
  const seen = (kind) =>
    commands.filter((command) => command.kind === kind).map(({ args }) => args);
  return interruptible(async (signal) => {
    const render = windows ? undefined : await measureDrawing(options, seen("chrome"), signal);
    const decode = windows && (await decodeFloor(windows, signal));
    const encode = await encodeFloor({ ...options, commands: seen("ffmpeg"), signal });
    if (decode) return { frames, decode, encode };
    return floorOf(render, encode, frames, os.availableParallelism());
  });
}

/**
 * @param {Floor | import("./video-floor.mjs").VideoFloor} floor
 * @param {ReturnType<typeof import("../../../dist/bench/figures.js").summarize>} summary of the same case
 * @returns {string} for people
 */
export function describeFloor(floor, { wallSeconds, cpuSeconds }) {
  if (floor.decode) return describeVideoFloor(floor, cpuSeconds);
  return describeDrawingFloor(floor, wallSeconds?.native);
}

/**
 * @param {Floor} floor
 * @param {number | undefined} nativeSeconds wall of the native engine
 * @returns {string}
 */
export function describeDrawingFloor(
  { frames, render, encode, sumSeconds, boundSeconds },
  nativeSeconds,
) {
  const each = (seconds) => ((seconds * 1000) / frames).toFixed(1);
  const part = (name, { wallSeconds, cpuSeconds }) =>
    `${name} ${each(wallSeconds)} ms a frame (${each(cpuSeconds)} core-ms)`;
  const over = (seconds) =>
    nativeSeconds === undefined ? "" : `, native ${(nativeSeconds / seconds).toFixed(2)}x of it`;
  return [
    `floor: ${part(`drawing in ${render.tiles}`, render)}, ${part("encoding", encode)}`,
    `  one after the other ${sumSeconds.toFixed(1)} s${over(sumSeconds)}`,
    `  all cores busy ${boundSeconds.toFixed(1)} s${over(boundSeconds)}`,
  ].join("\n");
}
