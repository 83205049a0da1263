/** Renders that are killed and gone on with, and what of their file may not differ. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { element } from "./html.mjs";
import { killRemaining, survivors } from "./processes.mjs";
import { startCli } from "./run.mjs";
import { writeScenes } from "./scenes.mjs";
import { makeSound } from "./sound.mjs";

const TIMEOUT_MS = 60_000;
const DOTS = 8;

/**
 * Writes a page with dots that move all the time, a shader transition and a tone.
 *
 * @param {{ project: string }} ws
 * @param {number} seconds
 * @param {[number, number]} [size]
 */
export function writeLongProject(ws, seconds, size) {
  const dots = Array.from({ length: DOTS }, (_, i) => i);
  const place = (i) => `left: ${20 + i * 35}px; top: ${20 + i * 14}px`;
  const markup = dots.map((i) => element("div", { id: `dot${i}`, class: "dot", style: place(i) }));
  const tone = { src: "tone.wav", "data-start": 0, "data-duration": seconds, "data-volume": 0.5 };
  markup.push(element("audio", { id: "tone", "data-track-index": 5, ...tone }));
  const moves = dots.map((i) => {
    const to = { x: 60 - i * 12, y: 30 + i * 4, rotation: i * 90, duration: seconds };
    return `tl.to("#dot${i}", ${JSON.stringify(to)}, 0);`;
  });
  const transition = { time: seconds * 0.45, duration: seconds * 0.1, shader: "domain-warp" };
  writeScenes(ws, {
    seconds,
    size,
    transitions: [transition],
    body: markup.join("\n      "),
    style: `.dot { position: absolute; width: 24px; height: 24px; border-radius: 6px;
        background: linear-gradient(45deg, #fc0, #0cf); }`,
    after: moves.join("\n      "),
  });
  makeSound(join(ws.project, "tone.wav"), `sine=frequency=440:duration=${seconds}`);
}

/** Paths of the whole segments that wait beside files in `dir`. @param {string} dir */
export function segmentsIn(dir) {
  const collection = join(dir, ".hf-native-segments");
  const folders = existsSync(collection) ? readdirSync(collection) : [];
  return folders.flatMap((folder) =>
    readdirSync(join(collection, folder))
      .filter((name) => name.startsWith("segment-"))
      .sort()
      .map((name) => join(collection, folder, name)),
  );
}

/**
 * Starts a render by the CLI, kills Node and everything that it started, and waits until all are gone.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {string[]} args for the CLI
 * @param {(running: import("./run.mjs").Running) => Promise<unknown>} when resolves when it is time
 * @param {Record<string, string>} [env]
 * @returns {Promise<import("./run.mjs").Finished>}
 */
export async function killedRender(ws, args, when, env) {
  const running = await startCli(ws, args, { env });
  await Promise.race([when(running), running.done]);
  killRemaining(ws.dir);
  const end = await running.done;
  const left = await survivors(ws.dir, 5000);
  if (left.length > 0) throw new Error(`processes left: ${left.join("\n")}`);
  return end;
}

/**
 * How many frames a render found of an earlier one.
 *
 * @param {import("./run.mjs").Finished} end
 */
export function framesFound({ text }) {
  return Number(/an earlier try left (\d+) of \d+ frames/.exec(text)?.[1] ?? 0);
}

/**
 * Frames that were written when a render ended, as far as it told.
 *
 * @param {import("./run.mjs").Finished} end
 */
export function framesTold({ text }) {
  const told = [...text.matchAll(/Streaming frame (\d+)\/\d+/g)];
  return Math.max(0, ...told.map((match) => Number(match[1])));
}

/**
 * All packets of a file with their times and checksums, and those of the decoded pictures and sound.
 *
 * @param {string} file
 */
export function contentOf(file) {
  const lines = (...args) =>
    execFileSync("ffmpeg", ["-v", "error", "-i", file, ...args, "-f", "framemd5", "-"], {
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      maxBuffer: 1 << 26,
    })
      .split("\n")
      .filter((line) => line && !line.startsWith("#"));
  return {
    packets: lines("-map", "0:v", "-c", "copy"),
    pictures: lines("-map", "0:v"),
    sound: lines("-map", "0:a?", "-c", "copy"),
  };
}
