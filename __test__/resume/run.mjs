/**
 * Kills renders with SIGKILL at random points, goes on with them, and compares their files with that of
 * a render that was not interrupted.
 *
 * npm run resume:proof -- [options]
 *   --kills N     renders that are killed (default 10)
 *   --frames N    length at 30 frames a second (default 1200)
 *   --size WxH    of the page (default 640x360)
 *   --segment N   frames of a segment (default: the render's own choice)
 *   --seed N      of the random points (default 1)
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  contentOf,
  framesFound,
  framesTold,
  killedRender,
  writeLongProject,
} from "../e2e/support/resume.mjs";
import { cli } from "../e2e/support/run.mjs";
import { workspace } from "../e2e/support/workspace.mjs";

const FPS = 30;
const RENDER_MS = 10 * 60_000;
/** Shares of the whole render's time between which kills fall. */
const [EARLIEST, LATEST] = [0.05, 0.95];

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "10" },
    frames: { type: "string", default: "1200" },
    size: { type: "string", default: "640x360" },
    segment: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const [kills, frames, seed] = [values.kills, values.frames, values.seed].map(Number);
const [width, height] = values.size.split("x").map(Number);

const env = values.segment ? { HF_SEGMENT_FRAMES: values.segment } : {};

/** Numbers from 0 to 1 that are the same for a seed (mulberry32). */
function randoms(state) {
  let at = state >>> 0;
  return () => {
    at = (at + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function countUnequal(a, b) {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, i) => a[i] !== b[i]).filter(Boolean).length;
}

/** What of two files differs, in words. */
function differences(file, other) {
  if (readFileSync(file).equals(readFileSync(other))) return "equal bytes";
  const [a, b] = [contentOf(file), contentOf(other)];
  return Object.keys(a)
    .map((part) => `${part}: ${countUnequal(a[part], b[part])} of ${a[part].length} differ`)
    .join(", ");
}

test("killed renders", { timeout: (2 * kills + 2) * RENDER_MS }, async (t) => {
  const ws = workspace(t);
  writeLongProject(ws, frames / FPS, [width, height]);
  const command = (name, flags = []) => {
    mkdirSync(join(ws.out, name));
    const file = join(ws.out, name, "o.mp4");
    return { file, args: ["render", ws.project, "-o", file, ...flags] };
  };
  const finished = async ({ args, file }) => {
    const end = await cli(ws, args, { env, timeoutMs: RENDER_MS });
    if (end.code !== 0) throw new Error(`a render failed:\n${end.text}`);
    return { end, file, seconds: end.ms / 1000 };
  };
  const whole = await finished(command("whole"));
  const undivided = await finished(command("undivided", ["--no-resume"]));
  console.log(`not interrupted ${whole.seconds.toFixed(1)} s, with --no-resume`);
  console.log(`${undivided.seconds.toFixed(1)} s: ${differences(whole.file, undivided.file)}`);
  const random = randoms(seed);
  let failed = 0;
  for (let round = 1; round <= kills; round += 1) {
    const part = command(`killed-${round}`);
    let killed;
    // One that was faster than the whole one may be over.
    do {
      const share = EARLIEST + random() * (LATEST - EARLIEST);
      killed = await killedRender(ws, part.args, () => sleep(share * whole.end.ms), env);
    } while (killed.code === 0);
    const written = framesTold(killed);
    const resumed = await finished(part);
    const found = framesFound(resumed.end);
    const equal = differences(resumed.file, whole.file);
    if (equal !== "equal bytes") failed += 1;
    const again = Math.max(0, written - found);
    console.log(
      `${round}. killed after ${(killed.ms / 1000).toFixed(1)} s (${killed.signal}) ` +
        `with ${written} frames written; ${found} found, ${again} made again; ` +
        `then ${resumed.seconds.toFixed(1)} s; ${equal}`,
    );
  }
  if (failed > 0) throw new Error(`${failed} of ${kills} files differ`);
});
