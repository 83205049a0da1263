/** Studio's own server on the adapter: exports and thumbnails through its HTTP routes. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertClean } from "./support/expect.mjs";
import { browsersOf, survivors, until } from "./support/processes.mjs";
import { LONG_SECONDS, page, writeProject } from "./support/project.mjs";
import { start } from "./support/run.mjs";
import { follow } from "./support/studio.mjs";
import { assertVideo } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const CHILD = fileURLToPath(new URL("support/studio-adapter-child.mjs", import.meta.url));
const JSON_BODY = { "content-type": "application/json" };

/** The server in a process of its own, and what asks it. */
async function startServer(ws) {
  const running = start(process.execPath, [CHILD, ws.project], { cwd: ws.dir, env: ws.env() });
  const [, base] = await running.printed(/^listening (\S+)$/m);
  const request = (path, init = {}) =>
    fetch(`${base}/api${path}`, { signal: AbortSignal.timeout(20_000), ...init });
  const exportProject = async (body) => {
    const init = { method: "POST", headers: JSON_BODY, body: JSON.stringify(body) };
    const response = await request("/projects/project/render", init);
    assert.equal(response.status, 200);
    return (await response.json()).jobId;
  };
  return { running, base, request, exportProject };
}

test("Studio's server exports, cancels, lists, plays, deletes and shows thumbnails", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  writeFileSync(join(ws.project, "long.html"), page({ seconds: LONG_SECONDS }));
  const { running, base, request, exportProject } = await startServer(ws);

  const options = { fps: 30, quality: "draft", format: "mp4" };
  const cancelled = await exportProject({ ...options, composition: "long.html" });
  await follow(base, cancelled, ({ progress }) => progress > 25);
  const answer = await request(`/render/${cancelled}/cancel`, { method: "POST" });
  assert.deepEqual(await answer.json(), { status: "cancelled" });
  await until(() => browsersOf(ws.dir).length === 0, "the end of the cancelled export");

  const jobId = await exportProject(options);
  const states = await follow(base, jobId);
  assert.deepEqual(
    [states.at(-1).status, states.at(-1).progress],
    ["complete", 100],
    JSON.stringify(states),
  );
  const { renders } = await (await request("/projects/project/renders")).json();
  assert.deepEqual(
    renders.map(({ status }) => status),
    ["complete"],
    "the cancelled one left nothing",
  );
  const whole = Buffer.from(await (await request(`/render/${jobId}/view`)).arrayBuffer());
  mkdirSync(ws.out, { recursive: true });
  const file = join(ws.out, "o.mp4");
  writeFileSync(file, whole);
  assertVideo(file, { frames: 15 });
  const range = { headers: { range: "bytes=10-29" } };
  const part = await request(`/projects/project/renders/file/${renders[0].filename}`, range);
  const bytes = Buffer.from(await part.arrayBuffer());
  // Servers may answer with the whole file.
  assert.ok(bytes.equals(part.status === 206 ? whole.subarray(10, 30) : whole), `${part.status}`);
  const deleted = await request(`/render/${jobId}`, { method: "DELETE" });
  assert.deepEqual(await deleted.json(), { deleted: true });
  const left = await (await request("/projects/project/renders")).json();
  assert.deepEqual(left, { renders: [] });

  const shot = (path) => request(`/projects/project/thumbnail/${path}`);
  const first = await shot("index.html?t=0.1&format=png");
  assert.equal(first.headers.get("content-type"), "image/png");
  const png = Buffer.from(await first.arrayBuffer());
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [320, 180]);
  const small = Buffer.from(await (await shot("index.html?t=99")).arrayBuffer());
  assert.equal(small.toString("hex", 0, 3), "ffd8ff", "behind the end: the last frame");
  assert.equal((await shot("none.html?t=0")).status, 500);

  running.child.kill("SIGTERM");
  const end = await running.done;
  assert.equal(end.code, 0, end.text);
  assert.deepEqual(await survivors(ws.dir, 4000), []);
  await assertClean(ws);
  assert.ok(readFileSync(join(ws.project, "index.html"), "utf8").length > 0);
});
