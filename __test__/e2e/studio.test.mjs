/** Export from HyperFrames Studio, through the HTTP API of `hyperframes-native preview`. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describe } from "./support/alpha.mjs";
import { assertClean, assertNative } from "./support/expect.mjs";
import { browsersOf, encodersOf, survivors, until } from "./support/processes.mjs";
import { LONG_SECONDS, page, writeProject, writeTransparentProject } from "./support/project.mjs";
import { startStudio } from "./support/studio.mjs";
import { assertVideo } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const JSON_BODY = { "content-type": "application/json" };

/** Starts an export of the only project and gives its id. */
async function exportProject({ request }, body) {
  const { projects } = await (await request("/projects")).json();
  const { id } = projects[0];
  const response = await request(`/projects/${id}/render`, {
    method: "POST",
    headers: JSON_BODY,
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  const { jobId, status } = await response.json();
  assert.equal(status, "rendering");
  return { id, jobId };
}

/** Ends Studio and asserts that nothing outlives it. */
async function stopStudio(studio, ws) {
  studio.running.child.kill("SIGINT");
  await studio.running.done;
  assert.deepEqual(await survivors(ws.dir, 4000), [], "processes left by Studio");
}

test("export, progress, download, list", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const studio = await startStudio(ws);
  const { id, jobId } = await exportProject(studio, { fps: 30, quality: "draft", format: "mp4" });
  const states = await studio.follow(jobId);
  assert.equal(states.at(-1).status, "complete", JSON.stringify(states));
  assert.equal(states.at(-1).progress, 100);
  const percents = states.map(({ progress }) => progress);
  assert.deepEqual(
    percents,
    [...percents].sort((a, b) => a - b),
    "never backwards",
  );

  const download = await studio.request(`/render/${jobId}/download`);
  assert.equal(download.status, 200);
  assert.match(download.headers.get("content-disposition"), /attachment.*\.mp4/);
  const file = join(ws.out, "downloaded.mp4");
  writeFileSync(file, Buffer.from(await download.arrayBuffer()));
  assertVideo(file, { frames: 15 });

  const { renders } = await (await studio.request(`/projects/${id}/renders`)).json();
  assert.equal(renders.length, 1);
  assert.equal(renders[0].status, "complete");
  assert.ok(renders[0].durationMs > 0);
  await stopStudio(studio, ws);
  assertNative(await studio.running.done);
  await assertClean(ws);
});

test("export with transparency", async (t) => {
  const ws = workspace(t);
  writeTransparentProject(ws);
  const studio = await startStudio(ws);
  const { jobId } = await exportProject(studio, { fps: 25, quality: "draft", format: "webm" });
  const states = await studio.follow(jobId);
  assert.equal(states.at(-1).status, "complete", JSON.stringify(states));
  const download = await studio.request(`/render/${jobId}/download`);
  const file = join(ws.out, "downloaded.webm");
  writeFileSync(file, Buffer.from(await download.arrayBuffer()));
  const [stream] = describe(file).streams;
  assert.deepEqual(
    [stream.codec_name, stream.tags.ALPHA_MODE, Number(stream.nb_read_frames)],
    ["vp9", "1", 20],
  );
  await stopStudio(studio, ws);
  assertNative(await studio.running.done);
  await assertClean(ws);
});

test("cancel in the middle", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: LONG_SECONDS });
  const studio = await startStudio(ws);
  const { jobId } = await exportProject(studio, { fps: 30 });
  await studio.follow(jobId, ({ stage }) => /Streaming frame/.test(stage ?? ""));
  assert.ok(browsersOf(ws.dir).length > 0 && encodersOf(ws.dir).length > 0);
  const response = await studio.request(`/render/${jobId}/cancel`, { method: "POST" });
  assert.deepEqual(await response.json(), { status: "cancelled" });
  const busy = () => browsersOf(ws.dir).length + encodersOf(ws.dir).length;
  await until(() => busy() === 0, "end of browsers and encoder", 5000);
  await until(() => ws.leftovers().length === 0, "removal of the temporary files", 5000);
  assert.deepEqual(videosOf(ws), []);
  await stopStudio(studio, ws);
});

test("two exports at once, of which one fails", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  writeFileSync(join(ws.project, "broken.html"), page({ seconds: 0 }));
  const env = { PRODUCER_PLAYER_READY_TIMEOUT_MS: "2000" };
  const studio = await startStudio(ws, { env });
  const bad = await exportProject(studio, { fps: 30, composition: "broken.html" });
  // Studio names exports by the second.
  await sleep(1100);
  const good = await exportProject(studio, { fps: 30 });
  const [badStates, goodStates] = await Promise.all(
    [bad, good].map(({ jobId }) => studio.follow(jobId)),
  );
  assert.equal(goodStates.at(-1).status, "complete", JSON.stringify(goodStates));
  assert.equal(badStates.at(-1).status, "failed", JSON.stringify(badStates));
  assert.match(badStates.at(-1).error, /duration/);
  assert.equal(videosOf(ws).length, 1);
  await stopStudio(studio, ws);
  await assertClean(ws);
});

test("Studio stopped in the middle of an export", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: LONG_SECONDS });
  const studio = await startStudio(ws);
  const { jobId } = await exportProject(studio, { fps: 30 });
  await studio.follow(jobId, ({ stage }) => /Streaming frame/.test(stage ?? ""));
  await stopStudio(studio, ws);
  assert.deepEqual(videosOf(ws), []);
  assert.deepEqual(ws.leftovers(), []);
});

function videosOf(ws) {
  const folder = join(ws.project, "renders");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".mp4")) : [];
}
