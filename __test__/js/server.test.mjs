/** The HTTP server: what it answers. Rendering is a stand-in. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startServerOn } from "../../dist/service/start.js";
import { eventsOf, logger, renderer, serve } from "./server-support.mjs";
import { project } from "./support.mjs";

test("a render is answered in upstream's shape, and each has a file of its own", async (t) => {
  const { post, get, rendersDir, seen } = await serve(t);
  const projectDir = project();
  const first = await post("/render", { projectDir, fps: "30000/1001" }, { "x-request-id": "r1" });
  assert.equal(first.status, 200);
  const body = await first.json();
  assert.deepEqual(Object.keys(body).sort(), [
    ...["durationMs", "fileSize", "outcome", "outputPath", "outputToken", "outputUrl", "perf"],
    ...["requestId", "success", "videoDurationSeconds", "warnings"],
  ]);
  assert.deepEqual([body.success, body.requestId, body.fileSize], [true, "r1", 5]);
  assert.ok(body.outputPath.startsWith(rendersDir) && body.outputPath.endsWith(".mp4"));
  const { fps, quality, format, strictness } = seen.jobs[0].config;
  assert.deepEqual(
    [fps, quality, format, strictness],
    [{ num: 30000, den: 1001 }, "high", "mp4", "best-effort"],
  );

  const options = { format: "webm", outputResolution: "4k", outputDynamicRange: "sdr" };
  const more = { crf: 20, gpu: true, bestEffort: false, workers: 2, variables: { a: 1 } };
  const second = await (await post("/render", { projectDir, ...options, ...more })).json();
  assert.notEqual(second.outputPath, body.outputPath);
  assert.ok(second.outputPath.endsWith(".webm"));
  const { logger: _, ...config } = seen.jobs[1].config;
  assert.deepEqual(config, {
    fps: { num: 30, den: 1 },
    quality: "high",
    format: "webm",
    workers: 2,
    crf: 20,
    variables: { a: 1 },
    outputResolution: "landscape-4k",
    outputResolutionAspectAgnostic: true,
    hdrMode: "force-sdr",
    useGpu: true,
    strictness: "strict",
    // A client's composition is not the server's.
    pageNetwork: "public",
    pageFiles: "project",
  });
  const file = await get(second.outputUrl);
  assert.deepEqual([file.headers.get("content-type"), await file.text()], ["video/webm", "video"]);
  assert.equal((await get("/outputs/none")).status, 404);
});

test("a page is rendered as a project of its own, which is removed", async (t) => {
  const using = renderer();
  const { post } = await serve(t, {}, using);
  const response = await post("/render", { html: "<html></html>" });
  assert.equal(response.status, 200);
  assert.equal(existsSync(using.seen.jobs[0].projectDir), false);
});

test("a stream tells of the queue, of progress, and of the end", async (t) => {
  let open;
  const gate = new Promise((resolve) => {
    open = resolve;
  });
  const { post, get } = await serve(t, { maxConcurrentRenders: 1 }, renderer({ gate: () => gate }));
  const projectDir = project();
  const first = await post("/render/stream", { projectDir });
  assert.equal(first.headers.get("content-type"), "text/event-stream");
  const second = await post("/render/stream", { projectDir });
  const third = await post("/render/stream", { projectDir });
  await sleep(20);
  assert.deepEqual(await (await get("/render/queue")).json(), {
    maxConcurrentRenders: 1,
    activeRenders: 1,
    queuedRenders: 2,
  });
  open();
  const [a, b, c] = await Promise.all([first, second, third].map(eventsOf));
  assert.deepEqual(
    a.map((one) => one.type),
    ["progress", "complete"],
  );
  assert.deepEqual([b[0].type, b[0].position, c[0].position], ["queued", 0, 1]);
  const { requestId, ...progress } = a[0];
  assert.equal(a[1].requestId, requestId);
  assert.deepEqual(progress, {
    type: "progress",
    stage: "Capturing",
    progress: 50,
    framesRendered: 0,
    totalFrames: 9,
    message: "Streaming frame 4/9",
  });
});

test("a client of a stream that goes away cancels its render", async (t) => {
  const using = renderer({ gate: () => sleep(20_000, undefined, { ref: false }) });
  const { post, get } = await serve(t, {}, using);
  const abort = new AbortController();
  const gone = post("/render/stream", { projectDir: project() }, {}, abort.signal);
  await (await gone).body.getReader().read();
  abort.abort();
  for (let i = 0; i < 200 && using.seen.active > 0; i += 1) await sleep(10);
  assert.equal(using.seen.active, 0);
  assert.match(await (await get("/metrics")).text(), /renders_total\{outcome="cancelled"\} 1/);
});

test("a failure has its code, if clients may see it", async (t) => {
  const fail = { code: "HF_NATIVE_ENCODE", retryable: true, secret: "x" };
  const { post } = await serve(t, {}, renderer({ fail }));
  const projectDir = project();
  const response = await post("/render", { projectDir }, { "idempotency-key": "k" });
  assert.equal(response.status, 500);
  const { requestId: _, durationMs: __, ...body } = await response.json();
  assert.deepEqual(body, {
    success: false,
    error: "broken",
    errorCode: "HF_NATIVE_ENCODE",
    retryable: true,
    stage: "Capturing",
    errorDetails: null,
  });
  const events = await eventsOf(await post("/render/stream", { projectDir }));
  const { type, error, outcome, warnings } = events.at(-1);
  assert.deepEqual([type, error, outcome, warnings], ["error", "broken", "failed", []]);
});

test("a request that is sent again with its key is rendered once", async (t) => {
  const { post, seen } = await serve(t);
  const body = { projectDir: project() };
  const key = { "idempotency-key": "one" };
  const both = await Promise.all([post("/render", body, key), post("/render", body, key)]);
  const [a, b] = await Promise.all(both.map((one) => one.json()));
  const later = await (await post("/render", body, key)).json();
  assert.deepEqual([b.outputToken, later.outputToken], [a.outputToken, a.outputToken]);
  assert.equal(seen.jobs.length, 1);
  assert.equal((await post("/render", { ...body, fps: 24 }, key)).status, 422);
  assert.equal((await post("/render", body, { "idempotency-key": "x".repeat(300) })).status, 400);
});

test("a server that drains ends what runs in time, and takes nothing more", async (t) => {
  const using = renderer({ gate: () => sleep(20_000, undefined, { ref: false }) });
  const { server, post, get } = await serve(t, { maxConcurrentRenders: 1, drainMs: 300 }, using);
  const body = { projectDir: project() };
  const runs = post("/render", body);
  for (let i = 0; i < 200 && using.seen.active === 0; i += 1) await sleep(10);
  const waits = post("/render", body);
  await sleep(50);
  const drained = server.drain();
  assert.equal((await waits).status, 503);
  const health = await get("/health");
  assert.deepEqual([health.status, (await health.json()).status], [503, "draining"]);
  assert.equal((await post("/render", body)).status, 503);
  assert.equal((await runs).status, 500);
  await drained;
  assert.equal(server.listening, false);
});

test("a port that is taken leaves the process's signals alone and names the system's code", async (t) => {
  const { server } = await serve(t);
  const { port } = server.address();
  const before = process.listenerCount("SIGTERM");
  const said = [];
  const loud = { ...logger, error: (text, meta) => void said.push([text, meta]) };
  const second = startServerOn({ port, logger: loud });
  const error = await new Promise((resolve) => second.once("error", resolve));
  assert.equal(error.code, "EADDRINUSE");
  assert.equal(process.listenerCount("SIGTERM"), before);
  assert.match(said[0][0], new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: `));
  assert.deepEqual(said[0][1], { code: "EADDRINUSE" });
});
