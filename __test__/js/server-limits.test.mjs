/** The HTTP server: what it refuses, and its limits. Rendering is a stand-in. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as api from "@hyperframes/producer-native";
import { isPublic } from "../../dist/base/public-address.js";
import { endUnread } from "../../dist/service/http.js";
import { serverSettings } from "../../dist/service/settings.js";
import { eventsOf, renderer, serve, statusOf } from "./server-support.mjs";
import { project, tempDir } from "./support.mjs";

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
