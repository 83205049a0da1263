/**
 * Proves and measures fleets on this machine, with a Redis of its own and worker processes:
 *
 *   npm run fleet                 all of it, some minutes
 *   npm run fleet -- kill,gone    these parts: wall, kill, gone, lost, cancel
 *
 * Every film is compared with the render of one machine: times, sound, and pictures encoded without loss.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { FleetQueue } from "../../dist/bullmq.js";
import { browserPath } from "../../scripts/setup.mjs";
import { writeProject } from "../e2e/support/project.mjs";
import { startRedis } from "../e2e/support/redis.mjs";
import { start } from "../e2e/support/run.mjs";
import { makeSound } from "../e2e/support/sound.mjs";
import { workspace } from "../e2e/support/workspace.mjs";

const CHILD = fileURLToPath(new URL("../e2e/support/fleet-child.mjs", import.meta.url));
const RENDER = fileURLToPath(new URL("../../bin/hyperframes-native.js", import.meta.url));
const SECONDS = 20;
const CHUNKS = 10;
const CONFIG = {
  fps: 30,
  width: 1280,
  height: 720,
  format: "mp4",
  quality: "draft",
  crf: 0,
  chunkSize: (SECONDS * 30) / CHUNKS,
  rejectOnSystemFonts: false,
  failClosedFontFetch: false,
};
const LOCK_MS = 5000;

process.env.HYPERFRAMES_BROWSER_PATH ??= browserPath();
const parts = process.argv[2]?.split(",") ?? ["wall", "kill", "gone", "lost", "cancel"];
const ends = [];
const ws = workspace({ after: (end) => ends.push(end) });
try {
  await main();
} finally {
  for (const end of ends.reverse()) await end();
}
process.exit();

async function main() {
  makeSound(join(ws.project, "tone.wav"), `sine=frequency=440:duration=${SECONDS}`);
  const box = (n) =>
    `<div class="box" style="position:absolute;left:${(n % 10) * 120}px;top:${Math.floor(n / 10) * 140}px;width:100px;height:100px;background:hsl(${n * 7} 70% 50%);border-radius:20px"></div>`;
  const body = `${Array.from({ length: 50 }, (_, n) => box(n)).join("\n")}
<style>@keyframes turn { to { margin-left: 300px; opacity: 0.3; border-radius: 50px; } } .box { animation: turn 5s linear infinite alternate; }</style>
<audio id="tone" src="tone.wav" data-start="0" data-duration="${SECONDS}" data-track-index="1"></audio>`;
  writeProject(ws, { seconds: SECONDS, size: [1280, 720], body });
  const whole = join(ws.out, "whole.mp4");
  const began = Date.now();
  const args = [RENDER, "render", ws.project, "-o", whole, "--fps", "30", "--quality", "draft"];
  const cli = process.env.HYPERFRAMES_NATIVE_NODE ?? process.execPath;
  const end = await start(cli, [...args, "--crf", "0"], { cwd: ws.dir, env: ws.env() }).done;
  assert.equal(end.code, 0, end.text);
  console.log(`one render: ${seconds(Date.now() - began)} s`);
  for (const part of parts) await { wall, kill, gone, lost, cancel }[part](whole);
}

/** Wall time with one, two and three workers. */
async function wall(whole) {
  for (const count of [1, 2, 3]) {
    const fleet = await openFleet(count, `wall-${count}`);
    const ms = await fleet.render();
    same(fleet.film, whole);
    console.log(
      `${count} workers: ${seconds(ms)} s, ${fleet.renders()} of ${CHUNKS} chunks finished`,
    );
    await fleet.close();
  }
}

/** One of three workers is killed while it renders a chunk. */
async function kill(whole) {
  const fleet = await openFleet(3, "kill");
  const done = fleet.render();
  const victim = await fleet.busy();
  fleet.workers[victim].child.kill("SIGKILL");
  const ms = await done;
  same(fleet.film, whole);
  assert.equal(fleet.assembled(), 1);
  console.log(
    `killed one of 3 in mid-chunk: ${seconds(ms)} s, ${fleet.renders()} of ${CHUNKS} chunks finished, joined once`,
  );
  await fleet.close();
}

/** Redis goes away in the middle and comes back with its data. */
async function gone(whole) {
  const fleet = await openFleet(2, "gone", { keep: true });
  const done = fleet.render();
  await fleet.busy();
  await fleet.redis.stop();
  await sleep(8000);
  fleet.redis = await startRedis(fleet.dir, { port: fleet.connection.port, keep: true });
  const ms = await done;
  same(fleet.film, whole);
  assert.equal(fleet.assembled(), 1);
  console.log(
    `Redis gone for 8 s: ${seconds(ms)} s, ${fleet.renders()} of ${CHUNKS} chunks finished, joined once`,
  );
  await fleet.close();
}

/** Redis loses everything; the render is added again. */
async function lost(whole) {
  const fleet = await openFleet(2, "lost");
  const done = fleet.render();
  done.catch(() => undefined);
  await fleet.busy();
  await fleet.redis.stop();
  await sleep(3000);
  fleet.redis = await startRedis(fleet.dir, { port: fleet.connection.port });
  await assert.rejects(done, { code: "HF_NATIVE_FLEET_RENDER" });
  const ms = await fleet.render();
  same(fleet.film, whole);
  assert.equal(fleet.assembled(), 1);
  console.log(
    `Redis lost its data, added again: ${seconds(ms)} s more, ${fleet.renders()} of ${CHUNKS} chunks finished, joined once`,
  );
  await fleet.close();
}

/** A render is cancelled while chunks are rendered; added again it goes on. */
async function cancel(whole) {
  const fleet = await openFleet(2, "cancel");
  const done = fleet.render();
  done.catch(() => undefined);
  await fleet.busy();
  await fleet.queue.cancel(fleet.id);
  const began = Date.now();
  await assert.rejects(done, { code: "HF_NATIVE_CANCELLED" });
  const ms = Date.now() - began;
  assert.equal(existsSync(fleet.film), false);
  await fleet.render();
  same(fleet.film, whole);
  console.log(
    `cancelled within ${seconds(ms)} s; added again: ${fleet.renders()} of ${CHUNKS} chunks finished`,
  );
  await fleet.close();
}

async function openFleet(count, id, { keep = false } = {}) {
  const dir = join(ws.dir, `redis-${id}`);
  mkdirSync(dir);
  const redis = await startRedis(dir, { keep });
  const { connection } = redis;
  const queue = new FleetQueue({ connection });
  const chunks = new Queue("hyperframes-chunks", { connection });
  chunks.on("error", () => undefined);
  const workers = Array.from({ length: count }, (_, n) => {
    const options = { connection, lockDuration: LOCK_MS, machine: `${n}` };
    const env = ws.env();
    const timeoutMs = 300_000;
    return start(process.execPath, [CHILD, JSON.stringify(options)], {
      cwd: ws.dir,
      env,
      timeoutMs,
    });
  });
  for (const { printed } of workers) await printed(/ready/);
  const workDir = join(ws.dir, "work");
  const film = join(ws.out, `${id}.mp4`);
  const staged = join(workDir, id, "staged");
  mkdirSync(staged, { recursive: true });
  const names = new Set();
  const watcher = watch(staged, (_, name) => names.add(name));
  const began = (what) =>
    [...names].filter((name) => name?.startsWith(what) && name.endsWith(".mp4"));
  return {
    id,
    dir,
    redis,
    connection,
    queue,
    workers,
    film,
    renders: () => began("chunk-").length,
    assembled: () => began("assembled-").length,
    async render() {
      const from = Date.now();
      const paths = { projectDir: ws.project, outputPath: film, workDir };
      await queue.add({ id, ...paths, config: CONFIG });
      await queue.wait(id);
      return Date.now() - from;
    },
    /** Waits until some chunks are finished and one is in the middle; gives its worker. */
    async busy() {
      for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100)) {
        if ((await chunks.getCompletedCount()) < 2) continue;
        const active = await chunks.getActive();
        const job = active.find(({ progress }) => progress?.frames > 0);
        if (job) return Number(job.processedBy);
      }
      throw new Error("no chunk began");
    },
    async close() {
      watcher.close();
      for (const { child } of workers) child.kill("SIGTERM");
      for (const { done } of workers) await done;
      await queue.close();
      await chunks.close();
      await this.redis.stop();
    },
  };
}

/** Compares line by line, so that a difference is told in few words. */
function same(film, whole) {
  const run = (tool, args) => {
    const options = { encoding: "utf8", maxBuffer: 1 << 26 };
    return execFileSync(tool, ["-v", "error", ...args], options)
      .trim()
      .split("\n");
  };
  const entries = ["-show_entries", "packet=pts,dts,duration", "-of", "csv=p=0"];
  const times = (file, stream) => run("ffprobe", ["-select_streams", stream, ...entries, file]);
  const frames = (file, stream) =>
    run("ffmpeg", ["-i", file, "-map", `0:${stream}`, "-f", "framemd5", "-"]);
  for (const stream of ["v", "a"]) {
    for (const [what, of] of Object.entries({ times, frames })) {
      const [got, wanted] = [of(film, stream), of(whole, stream)];
      const differ = wanted.filter((line, at) => line !== got[at]);
      assert.deepEqual([got.length, differ], [wanted.length, []], `${what} of ${stream}`);
    }
  }
}

function seconds(ms) {
  return (ms / 1000).toFixed(1);
}
