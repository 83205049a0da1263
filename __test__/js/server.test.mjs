/** The HTTP server: its answers, its limits, and what it refuses. Rendering is a stand-in. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as api from "@hyperframes/producer-native";
import { RenderCancelledError } from "../../dist/api/render-errors.js";
import { isPublic } from "../../dist/base/public-address.js";
import { endUnread } from "../../dist/service/http.js";
import { serverSettings } from "../../dist/service/settings.js";
import { startServerOn } from "../../dist/service/start.js";
import { project, tempDir } from "./support.mjs";

const logger = { error() {}, warn() {}, info() {}, debug() {} };

/** Renders at once, or when `gate` resolves; remembers what it was asked for. */
function renderer({ gate, fail } = {}) {
  const seen = { jobs: [], active: 0, most: 0 };
  const execute = async (job, projectDir, outputPath, progress, signal) => {
    seen.jobs.push({ config: job.config, projectDir, outputPath });
    seen.most = Math.max(seen.most, ++seen.active);
    try {
      Object.assign(job, { currentStage: "Capturing", progress: 50, totalFrames: 9 });
      await progress?.(job, "Streaming frame 4/9");
      const aborted = new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          Object.assign(job, { outcome: "cancelled" });
          reject(new RenderCancelledError());
        });
      });
      await Promise.race([aborted, gate?.(job) ?? sleep(1)]);
      if (fail) throw Object.assign(new Error("broken"), fail);
      writeFileSync(outputPath, "video");
      Object.assign(job, { outcome: "completed", duration: 0.3, perfSummary: { workers: 1 } });
    } finally {
      seen.active -= 1;
    }
  };
  return { execute, seen };
}

async function serve(t, options = {}, using = renderer()) {
  const rendersDir = tempDir();
  const all = { port: 0, logger, rendersDir, handleSignals: false, drainMs: 0, ...options };
  const server = startServerOn(all, using.execute);
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.drain());
  const url = `http://127.0.0.1:${server.address().port}`;
  const post = (path, body, headers = {}, signal) =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      signal,
    });
  const get = (path, headers = {}) => fetch(url + path, { headers });
  return { server, url, post, get, rendersDir, ...using };
}

/** The status of a GET whose path `fetch` would not send as it is. */
const statusOf = (url, path, headers = {}) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const asked = get({ hostname, port, path, headers }, ({ statusCode }) => resolve(statusCode));
    asked.once("error", reject);
  });

const eventsOf = async (response) =>
  (await response.text())
    .split("\n\n")
    .filter(Boolean)
    .map((one) => JSON.parse(one.replace(/^data: /, "")));

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

test("what is wrong with a request is said in one line", async (t) => {
  const inside = tempDir();
  const projectDir = join(inside, "project");
  mkdirSync(projectDir);
  writeFileSync(join(projectDir, "index.html"), "<html></html>");
  const outside = project();
  symlinkSync(outside, join(inside, "link"));
  const outputs = tempDir();
  symlinkSync(outside, join(outputs, "link"));
  const limits = { projectDirs: [inside], outputDirs: [outputs], maxBodyBytes: 2000 };
  const { post, get, url, seen } = await serve(t, limits);
  const wrong = [
    ["{", 400, /Invalid JSON body/],
    [[], 400, /body must be a JSON object/],
    [{}, 400, /Missing render source/],
    [{ projectDir: 1 }, 400, /projectDir must be/],
    [{ projectDir: join(inside, "none") }, 400, /Project directory not found/],
    [{ projectDir: outside }, 403, /projectDir .* is outside/],
    [{ projectDir: join(inside, "link") }, 403, /projectDir .* is outside/],
    [{ projectDir, entryFile: "b.html" }, 400, /Entry file "b.html" not found/],
    [{ projectDir, entryFile: "../x.html" }, 400, /outside the project/],
    [{ projectDir, outputPath: join(outside, "o.mp4") }, 403, /outputPath .* is outside/],
    [{ projectDir, output: join(outputs, "link", "o.mp4") }, 403, /outputPath .* is outside/],
    [{ projectDir, outputPath: join(outputs, "o") }, 400, /must end in \.mp4/],
    [{ projectDir, outputPath: join(projectDir, "index.html") }, 400, /must end in \.mp4/],
    [{ projectDir, format: "webm", output: join(outputs, "o.mp4") }, 400, /must end in \.webm/],
    [{ projectDir, outputPath: 3 }, 400, /outputPath must be/],
    [{ projectDir, fps: "fast" }, 400, /fps must be/],
    [{ projectDir, quality: "best" }, 400, /quality must be one of/],
    [{ projectDir, format: "hls" }, 400, /format must be one of/],
    [{ projectDir, workers: 0 }, 400, /workers must be/],
    [{ projectDir, crf: 60 }, 400, /crf must be/],
    [{ projectDir, crf: 20, videoBitrate: "1M" }, 400, /exclude each other/],
    [{ projectDir, gpu: "yes" }, 400, /gpu must be true or false/],
    [{ projectDir, bestEffort: 0 }, 400, /bestEffort must be/],
    [{ projectDir, variables: [] }, 400, /variables must be/],
    [{ projectDir, outputResolution: "8k" }, 400, /outputResolution must be one of/],
    [{ projectDir, outputDynamicRange: "x" }, 400, /outputDynamicRange must be one of/],
    [{ projectDir, outputDynamicRange: "hdr", hdrMode: "force-sdr" }, 400, /contradict/],
    [{ projectDir, videoFrameFormat: "bmp" }, 400, /videoFrameFormat must be/],
    [{ html: "x".repeat(3000) }, 413, /more than 2000 bytes/],
    [{ previewUrl: "file:///etc/passwd" }, 400, /http or https/],
    [{ previewUrl: `${url}/health` }, 400, /127\.0\.0\.1, which is not on the public internet/],
    [{ previewUrl: "http://localhost:1/" }, 400, /localhost, which is not on the public/],
    [{ previewUrl: "http://[::ffff:10.0.0.1]/" }, 400, /not on the public internet/],
  ];
  for (const [body, status, message] of wrong) {
    const response = await post("/render", body);
    const answer = await response.json();
    const what = JSON.stringify(body).slice(0, 100);
    assert.deepEqual([response.status, answer.success], [status, false], `${what} ${answer.error}`);
    assert.match(answer.error, message);
    assert.doesNotMatch(answer.error, /\n/);
  }
  const streamed = await post("/render/stream", "{");
  const [event] = await eventsOf(streamed);
  assert.deepEqual([streamed.status, event.type, event.stage], [200, "error", "validation"]);
  const keyed = await post("/render/stream", {}, { "idempotency-key": "k" });
  assert.equal(keyed.status, 400);
  const web = await post("/render", {}, { origin: "http://evil.example" });
  assert.equal(web.status, 403);
  // A page's own name that leads here is not told what the server does.
  for (const [host, status] of [
    ["evil.example", 403],
    ["127.evil.example:80", 403],
    ["127.0.0.1:80", 200],
    ["[::1]:80", 200],
    ["localhost", 200],
  ]) {
    assert.equal(await statusOf(url, "/metrics", { host }), status, host);
  }
  assert.equal((await get("/none")).status, 404);
  const method = await get("/render");
  assert.deepEqual([method.status, method.headers.get("allow")], [405, "POST"]);
  for (const [body, status] of [
    ["{", 400],
    [[], 400],
    [{ projectDir: outside }, 403],
    [{ projectDir: join(inside, "link") }, 403],
    [{ projectDir, entryFile: "../../x.html" }, 403],
  ]) {
    assert.equal((await post("/lint", body)).status, status, JSON.stringify(body));
  }
  assert.equal(await statusOf(url, "//"), 400);
  const parts = async function* () {
    for (let part = 0; part < 30; part += 1) yield new TextEncoder().encode("x".repeat(100));
  };
  const chunked = { method: "POST", body: ReadableStream.from(parts()), duplex: "half" };
  assert.equal((await fetch(`${url}/render`, chunked)).status, 413);
  assert.equal(seen.jobs.length, 0);
  assert.match(await (await get("/metrics")).text(), /refused_total\{status="413"\} 2\n/);
});

test("a previewUrl is followed only to where it may lead", async (t) => {
  const site = createServer((request, response) => {
    if (request.url === "/loop") response.writeHead(302, { location: "/loop" }).end();
    else if (request.url === "/away") response.writeHead(302, { location: "file:///x" }).end();
    else if (request.url === "/large") response.end("x".repeat(5000));
    else if (request.url === "/gone") response.writeHead(410).end();
    else response.end("<html></html>");
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  t.after(() => site.close());
  const from = `http://localhost:${site.address().port}`;
  const { post } = await serve(t, { allowPrivateUrls: true, maxBodyBytes: 4000 });
  for (const [path, status, message] of [
    ["/", 200, undefined],
    ["/loop", 400, /5 redirects/],
    ["/away", 400, /http or https/],
    ["/large", 400, /more than 4000 bytes/],
    ["/gone", 400, /410/],
  ]) {
    const response = await post("/render", { previewUrl: from + path });
    const { error } = await response.json();
    assert.equal(response.status, status, `${path} ${error}`);
    if (message) assert.match(error, message);
  }
  const addresses = ["8.8.8.8", "2606:4700::1111"];
  const others = [
    "127.0.0.1",
    "10.1.1.1",
    "172.31.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "0.0.0.0",
  ];
  const six = [
    ...["::1", "::", "fe80::1", "fd00::1", "fec0::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "x"],
    ...["::ffff:0:10.0.0.1", "5f00::1", "3fff::1", "2002:a00:1::"],
  ];
  assert.deepEqual(addresses.map(isPublic), [true, true]);
  assert.deepEqual([...others, ...six].filter(isPublic), []);
});

test("a token is asked for everywhere but for health", async (t) => {
  const { get } = await serve(t, { token: "secret" });
  const wanted = await get("/metrics");
  assert.deepEqual([wanted.status, wanted.headers.get("www-authenticate")], [401, "Bearer"]);
  assert.equal((await get("/metrics", { authorization: "Bearer secreT" })).status, 401);
  assert.equal((await get("/metrics", { authorization: "Bearer secret" })).status, 200);
  const { status, uptime, timestamp } = await (await get("/health")).json();
  assert.deepEqual([status, typeof uptime, typeof timestamp], ["ok", "number", "string"]);
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

test("200 renders wait, no more than two run, and one too many is refused", async (t) => {
  let open;
  const gate = new Promise((resolve) => {
    open = resolve;
  });
  const { post, get, seen } = await serve(t, {}, renderer({ gate: () => gate }));
  const body = { projectDir: project() };
  const sent = Array.from({ length: 202 }, () => post("/render", body));
  const waiting = async () => (await (await get("/render/queue")).json()).queuedRenders;
  for (let i = 0; i < 500 && (await waiting()) < 200; i += 1) await sleep(10);
  const refused = await post("/render", body);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "10"]);
  assert.equal((await post("/render/stream", body)).status, 429);
  open();
  const statuses = await Promise.all(sent.map(async (one) => (await one).status));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.deepEqual([seen.jobs.length, seen.most], [202, 2]);
  const figures = await (await get("/metrics")).text();
  assert.match(figures, /renders_total\{outcome="completed"\} 202\n/);
  assert.match(figures, /renders_active 0\n[\s\S]*renders_queued 0\n/);
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

test("options and variables are checked by name", () => {
  for (const [options, env, message] of [
    [{ port: "1" }, {}, /^port must be/],
    [{ maxConcurrentRenders: 0 }, {}, /^maxConcurrentRenders must be/],
    [{ token: "" }, {}, /^token must be/],
    [{ projectDirs: [] }, {}, /^projectDirs must be a list of folders/],
    [{ outputUrlPrefix: "outputs" }, {}, /^outputUrlPrefix must be/],
    [{ cors: true }, {}, /^Unknown option "cors"/],
    [{}, { PRODUCER_PORT: "http" }, /^PRODUCER_PORT must be/],
    [{}, { PRODUCER_MAX_CONCURRENT_RENDERS: "0" }, /^PRODUCER_MAX_CONCURRENT_RENDERS must be/],
  ]) {
    assert.throws(() => serverSettings(options, env), {
      code: "HF_NATIVE_INVALID_OPTION",
      message,
    });
  }
  assert.throws(() => api.startServer({ port: -1 }), { code: "HF_NATIVE_INVALID_OPTION" });
  const { port, host, token, maxQueuedRenders } = serverSettings({}, {});
  assert.deepEqual([port, host, token, maxQueuedRenders], [9847, "127.0.0.1", undefined, 200]);
  const env = { PRODUCER_PORT: "1", HYPERFRAMES_NATIVE_SERVER_TOKEN: "t" };
  assert.deepEqual([serverSettings({}, env).port, serverSettings({}, env).token], [1, "t"]);
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

test("an answer that nobody reads is ended", async (t) => {
  await new Promise((resolve) => {
    const server = createServer((_request, response) => {
      endUnread(response, 100);
      response.once("close", resolve);
      // More than the system keeps for a connection.
      response.end(Buffer.alloc(64 << 20));
    });
    t.after(() => server.close());
    server.listen(0, "127.0.0.1", () => {
      const asking = get({ port: server.address().port, host: "127.0.0.1" }, (answer) => {
        answer.pause();
      });
      asking.on("error", () => undefined);
      t.after(() => asking.destroy());
    });
  });
});
