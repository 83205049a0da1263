import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { render } from "./fake-render.mjs";
import { fakeUpstream, RenderCancelledError, tempDir } from "./support.mjs";

let output;

beforeEach(() => {
  output = join(tempDir(), "sub", "o.mp4");
  delete process.env.HYPERFRAMES_NATIVE;
});

test("cancel before the start", async () => {
  const run = await render(output, { signal: AbortSignal.abort() });
  assert.ok(run.error instanceof RenderCancelledError);
  assert.equal(run.job.status, "cancelled");
  assert.equal(run.upstream.calls.length, 0);
});

test("cancel while compiling", async () => {
  const abort = new AbortController();
  const upstream = fakeUpstream({ duringCompile: () => abort.abort() });
  const run = await render(output, { upstream, signal: abort.signal });
  assert.ok(run.error instanceof RenderCancelledError);
  assert.equal(run.job.outcome, "cancelled");
  assert.deepEqual(run.reports.at(-1).message, "Render cancelled");
  assert.deepEqual(run.calls, []);
});

test("cancel while the core runs", async () => {
  const abort = new AbortController();
  const run = await render(output, {
    signal: abort.signal,
    script: async ({ cancelled }) => {
      setTimeout(() => abort.abort(new Error("render_cancelled_by_sigint")), 10);
      await cancelled;
      return { code: "HF_NATIVE_CANCELLED", message: "cancelled" };
    },
  });
  assert.ok(run.error instanceof RenderCancelledError);
  assert.deepEqual(run.calls, ["new", "run", "cancel render_cancelled_by_sigint", "discard"]);
  assert.equal(run.job.status, "cancelled");
  assert.equal(run.job.error, "render_cancelled");
  assert.equal(existsSync(output), false);
});

test("cancel right after the core has finished", async () => {
  const abort = new AbortController();
  const run = await render(output, {
    signal: abort.signal,
    script: async () => {
      setImmediate(() => abort.abort());
    },
  });
  assert.ok(run.error instanceof RenderCancelledError);
  assert.equal(run.calls.includes("publish"), false);
});

test("the sixth argument is called right before publishing and may abort", async () => {
  const abort = new AbortController();
  let calls = 0;
  const good = await render(output, { assertRenderActive: () => calls++ });
  assert.equal(good.job.status, "complete");
  assert.equal(calls, 1);
  const bad = await render(output, {
    signal: abort.signal,
    assertRenderActive: () => abort.abort(),
  });
  assert.ok(bad.error instanceof RenderCancelledError);
  assert.deepEqual(bad.calls, ["new", "run", "discard"]);
  const thrown = new Error("owner is gone");
  const third = await render(output, {
    assertRenderActive() {
      throw thrown;
    },
  });
  assert.equal(third.error, thrown);
  assert.equal(existsSync(output), true, "the first render's file stays");
});

test("cancel after publishing no longer matters", async () => {
  const abort = new AbortController();
  const run = await render(output, {
    signal: abort.signal,
    onProgress: (job) => {
      if (job.status === "complete") abort.abort();
    },
  });
  assert.equal(run.error, undefined);
  assert.equal(run.job.status, "complete");
});
