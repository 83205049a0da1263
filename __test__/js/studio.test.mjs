import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createStartRender, startRenderOn } from "../../dist/api/studio.js";
import { createEngine } from "../../dist/job/engine.js";
import { fakeBinding, fakeUpstream, project, tempDir } from "./support.mjs";

const dir = project();

function start(script, upstream = fakeUpstream(), more = {}) {
  const { binding, calls } = fakeBinding(script);
  const engine = createEngine({ binding: () => binding, stderr() {} });
  const startRender = startRenderOn(engine, { upstream: async () => upstream });
  const outputPath = join(tempDir(), "p_2026.mp4");
  const state = startRender({
    project: { id: "p", dir },
    outputPath,
    format: "mp4",
    fps: { num: 30, den: 1 },
    quality: "standard",
    jobId: "job-1",
    ...more,
  });
  return { state, calls, outputPath, meta: outputPath.replace(".mp4", ".meta.json") };
}

test("the state is there at once, moves, and ends with a meta file", async () => {
  const seen = [];
  const { state, outputPath, meta } = start(async ({ emit }) => {
    emit({ type: "progress", status: "rendering", percent: 48, message: "Streaming frame 1/2" });
    await new Promise((done) => setTimeout(done, 5));
    seen.push([state.progress, state.stage]);
  });
  assert.equal(state.status, "rendering");
  assert.equal(state.id, "job-1");
  await state.finished;
  assert.deepEqual(seen, [[48, "Streaming frame 1/2"]]);
  assert.equal(state.status, "complete");
  assert.equal(state.progress, 100);
  assert.equal(JSON.parse(readFileSync(meta, "utf8")).status, "complete");
  assert.equal(readFileSync(outputPath, "utf8"), "native");
  assert.equal("finished" in JSON.parse(JSON.stringify(state)), false);
});

test("a failure is in the state and the meta file", async () => {
  const { state, meta } = start(async () => ({
    code: "HF_NATIVE_PAGE_SCRIPT",
    message: "broken page",
  }));
  await state.finished;
  assert.equal(state.status, "failed");
  assert.equal(state.error, "broken page");
  assert.deepEqual(JSON.parse(readFileSync(meta, "utf8")), { status: "failed" });
});

test("an upstream that cannot be found fails the export, not the server", async () => {
  const startRender = createStartRender({
    upstream: async () => {
      throw new Error("none installed");
    },
  });
  const state = startRender({
    project: { id: "p", dir },
    outputPath: join(tempDir(), "no", "o.mp4"),
    format: "mp4",
    fps: { num: 30, den: 1 },
    quality: "draft",
    jobId: "j",
  });
  await state.finished;
  assert.deepEqual([state.status, state.error], ["failed", "none installed"]);
});

test("cancel removes everything, also right after completion", async () => {
  const during = start(async ({ cancelled }) => {
    setTimeout(() => during.state.cancel(), 5);
    await cancelled;
    return { code: "HF_NATIVE_CANCELLED", message: "cancelled" };
  });
  await during.state.finished;
  assert.equal(during.state.status, "cancelled");
  assert.equal(existsSync(during.outputPath), false);
  assert.equal(existsSync(during.meta), false);

  const late = start(async () => {}, fakeUpstream(), { format: "webm" });
  const upstream = fakeUpstream({ said: { videoCount: 1 } });
  const inner = upstream.namespace.executeRenderJob;
  upstream.namespace.executeRenderJob = async (...args) => {
    await inner(...args);
    after.state.cancel();
  };
  // The HyperFrames engine renders this one.
  const after = start(async () => {}, upstream);
  await Promise.all([late.state.finished, after.state.finished]);
  assert.equal(late.state.status, "complete");
  assert.equal(after.state.status, "cancelled");
  assert.equal(existsSync(after.outputPath), false);
});

test("an export whose file cannot be removed ends all the same", async () => {
  const { state, outputPath } = start(async ({ signal }) => {
    await new Promise((done) => signal?.addEventListener("abort", done) ?? setTimeout(done, 20));
  });
  mkdirSync(outputPath);
  state.cancel();
  await state.finished;
  assert.equal(state.status, "failed");
  assert.match(state.error, /EISDIR|directory/i);
});
