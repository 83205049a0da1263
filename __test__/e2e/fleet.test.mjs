/** A fleet: a render in chunks by two processes that share a Redis and a folder. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { FleetQueue } from "../../dist/bullmq.js";
import { writeProject } from "./support/project.mjs";
import { startRedis } from "./support/redis.mjs";
import { start } from "./support/run.mjs";
import { makeSound } from "./support/sound.mjs";
import { workspace } from "./support/workspace.mjs";

const CHILD = fileURLToPath(new URL("support/fleet-child.mjs", import.meta.url));
/** One second in three chunks. */
const CONFIG = { fps: 24, width: 320, height: 180, format: "mp4", quality: "draft", chunkSize: 8 };

const framesOf = (file) =>
  execFileSync(
    "ffprobe",
    ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts", "-of", "csv=p=0", file],
    { encoding: "utf8" },
  )
    .trim()
    .split("\n");

test("two processes render the chunks of one film, and refuse what is wrong", async (t) => {
  const ws = workspace(t);
  makeSound(join(ws.project, "tone.wav"), "sine=frequency=440:duration=1");
  const body = `<audio id="tone" src="tone.wav" data-start="0" data-duration="1" data-track-index="1"></audio>`;
  writeProject(ws, { seconds: 1, body });
  const redis = await startRedis(ws.dir);
  t.after(() => redis.stop());
  const { connection } = redis;
  const queue = new FleetQueue({ connection, maxWaiting: 1 });
  const render = {
    id: "film",
    projectDir: ws.project,
    outputPath: join(ws.out, "film.mp4"),
    workDir: join(ws.dir, "work"),
    config: { ...CONFIG, rejectOnSystemFonts: false, failClosedFontFetch: false },
  };
  for (const wrong of [
    { id: "a/b" },
    { id: undefined },
    { id: "17" },
    { config: undefined },
    { workDir: "work" },
  ]) {
    const [field] = Object.keys(wrong);
    const names = { code: "HF_NATIVE_INVALID_OPTION", message: new RegExp(`^${field} `) };
    await assert.rejects(queue.add({ ...render, ...wrong }), names);
  }
  await queue.add(render);
  await assert.rejects(queue.add({ ...render, id: "other" }), { code: "HF_NATIVE_FLEET_FULL" });

  const args = [CHILD, JSON.stringify({ connection, lockDuration: 5000 })];
  const workers = [1, 2].map(() => start(process.execPath, args, { cwd: ws.dir, env: ws.env() }));
  const seen = [];
  const result = await queue.wait("film", { onProgress: ({ frames }) => seen.push(frames) });
  assert.deepEqual([result.outputPath, result.framesEncoded], [render.outputPath, 24]);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
    "progress never falls",
  );
  assert.deepEqual(
    framesOf(render.outputPath),
    Array.from({ length: 24 }, (_, at) => `${at * 512}`),
  );
  assert.deepEqual(readdirSync(join(ws.dir, "work", "film")), ["result.json"]);

  // What was cancelled before anybody took it never begins.
  const gone = { ...render, id: "gone", outputPath: join(ws.out, "gone.mp4") };
  for (const { child } of workers) child.kill("SIGTERM");
  for (const { done } of workers) assert.equal((await done).code, 0);
  await queue.add(gone);
  await queue.cancel("gone");
  await assert.rejects(queue.wait("gone"), { code: "HF_NATIVE_CANCELLED" });
  assert.equal(existsSync(gone.outputPath), false);
  await queue.add(gone);
  assert.equal((await queue.status("gone")).state, "waiting", "it can be added again");
  assert.equal(existsSync(join(ws.dir, "work", "gone", "cancelled")), false);
  await queue.close();
});
