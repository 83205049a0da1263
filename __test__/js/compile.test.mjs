import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compile } from "../../dist/compile/index.js";
import { fakeUpstream, project, RenderCancelledError, recordingLogger } from "./support.mjs";

const config = { fps: { num: 30, den: 1 }, quality: "standard" };
const dir = project();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

test("takes document, heads and facts, then cleans up", async () => {
  const upstream = fakeUpstream();
  const result = await compile(upstream, dir, config);
  const { composition } = result;
  assert.equal(composition.width, 320);
  assert.equal(composition.height, 180);
  assert.equal(composition.staticDuration, 1);
  assert.equal(composition.projectDir, dir);
  assert.deepEqual(composition.producer, { package: "hyperframes", version: "9.9.9" });
  assert.equal(result.deviceScaleFactor, 2);
  assert.equal(composition.media.images.length, 1);
  assert.equal(result.writtenAtMilestone, true);
  assert.match(readFileSync(composition.documentPath, "utf8"), /renderSeek/);
  assert.match(composition.preHead, /^<script>[\s\S]*__HF_VIRTUAL_TIME__[\s\S]*<\/script>$/);
  assert.equal(composition.preHead.includes("after-head"), false);
  assert.deepEqual(
    readFileSync(join(composition.compiledDir, "index.html"), "utf8"),
    "<html><head></head><body></body></html>",
  );
  await result.dispose();
  assert.equal(existsSync(composition.documentPath), false);
  assert.equal(upstream.calls.length, 1);
  assert.equal(existsSync(upstream.calls[0].outputPath), false);
});

test("a version that does not trace stops at the metadata line", async () => {
  const upstream = fakeUpstream({ traces: false });
  const result = await compile(upstream, dir, config);
  assert.equal(result.writtenAtMilestone, true);
  assert.equal("deviceScaleFactor" in result, false);
  await result.dispose();
});

test("without the metadata line the next stage's text and the summary are the net", async () => {
  const summary = {
    width: 640,
    height: 360,
    staticDuration: 2,
    videos: [{ id: "v" }],
    audios: [],
    hasShaderTransitions: true,
  };
  const upstream = fakeUpstream({ traces: false, metadata: false, summary });
  const { composition, dispose } = await compile(upstream, dir, config);
  assert.equal(composition.width, 640);
  assert.deepEqual(composition.media.videos, [{ id: "v" }]);
  assert.equal(composition.hints.shaderTransitions, true);
  await dispose();
});

test("counts stand in for lists that a version does not give", async () => {
  const upstream = fakeUpstream({ said: { videoCount: 2, audioCount: 1 } });
  const { composition, dispose } = await compile(upstream, dir, config);
  assert.equal(composition.media.videos.length, 2);
  assert.equal(composition.media.audios.length, 1);
  await dispose();
});

test("collectRenderMedia is asked when there is one", async () => {
  const media = { videos: [{ id: "a", extra: undefined }], audios: [], images: [] };
  const upstream = fakeUpstream({ namespace: { collectRenderMedia: () => media } });
  const { composition, dispose } = await compile(upstream, dir, config);
  assert.deepEqual(composition.media, { videos: [{ id: "a" }], audios: [], images: [] });
  await dispose();
});

for (const [name, options, text] of [
  [
    "no milestone at all",
    { traces: false, metadata: false, nextStage: "Something else" },
    /hyperframes 9\.9\.9 .*without any of the known milestones/,
  ],
  ["no compiled document", { writes: false }, /hyperframes 9\.9\.9 .*not where its debug folder/],
  ["no size", { said: { width: undefined } }, /neither its log nor its summary/],
  [
    "a file server that fails",
    { namespace: { createFileServer: async () => Promise.reject(new Error("no port")) } },
    /file server failed \(no port\)/,
  ],
]) {
  test(`contract break: ${name}`, async () => {
    const upstream = fakeUpstream(options);
    await assert.rejects(compile(upstream, dir, config), (error) => {
      assert.equal(error.code, "HF_NATIVE_COMPILE_CONTRACT");
      assert.match(error.message, text);
      return true;
    });
    assert.equal(existsSync(join(upstream.calls[0].rendersDir, "..")), false);
  });
}

test("upstream's own error is passed on unchanged and nothing is left", async () => {
  const compileError = Object.assign(new Error("scene.html is missing"), { code: "EMPTY" });
  const upstream = fakeUpstream({ compileError });
  await assert.rejects(compile(upstream, dir, config), (error) => error === compileError);
  assert.equal(existsSync(join(upstream.calls[0].rendersDir, "..")), false);
});

test("cancelling throws the namespace's error soon, also when it hangs", async () => {
  for (const hang of [false, true]) {
    const upstream = fakeUpstream({
      duringCompile: ({ signal }) =>
        new Promise((done) => {
          if (!hang) signal.addEventListener("abort", done);
        }),
    });
    const abort = new AbortController();
    const running = compile(upstream, dir, config, { signal: abort.signal });
    await sleep(30);
    const start = Date.now();
    abort.abort();
    await assert.rejects(running, RenderCancelledError);
    assert.ok(Date.now() - start < 3000);
  }
});

test("a stage that never ends meets its deadline", async () => {
  const upstream = fakeUpstream({ duringCompile: () => new Promise(() => {}) });
  await assert.rejects(compile(upstream, dir, config, { timeoutMs: 50 }), {
    code: "HF_NATIVE_COMPILE_TIMEOUT",
    retryable: true,
  });
});

test("PRODUCER_RENDERS_DIR is set for the synchronous part only, also concurrently", async () => {
  process.env.PRODUCER_RENDERS_DIR = "before";
  try {
    const seen = [];
    const duringCompile = async () => {
      await sleep(5);
      seen.push(process.env.PRODUCER_RENDERS_DIR);
    };
    const upstream = fakeUpstream({ duringCompile });
    const results = await Promise.all([1, 2, 3].map(() => compile(upstream, dir, config)));
    assert.deepEqual(seen, ["before", "before", "before"]);
    assert.equal(new Set(upstream.calls.map((call) => call.rendersDir)).size, 3);
    assert.equal(new Set(results.map((r) => r.composition.documentPath)).size, 3);
    for (const result of results) await result.dispose();
  } finally {
    delete process.env.PRODUCER_RENDERS_DIR;
  }
});

test("warnings pass, the stage's own chatter does not", async () => {
  const logger = recordingLogger();
  const upstream = fakeUpstream({
    duringCompile: ({ logger: log }) => {
      log.warn("a font could not be fetched");
      log.info("[Render] Pipeline started");
      log.info("[Render:trace]", { phase: "pipeline", status: "start" });
      log.info("something minor");
    },
  });
  const result = await compile(upstream, dir, config, { logger });
  await result.dispose();
  assert.deepEqual(logger.lines, ["warn a font could not be fetched", "debug something minor"]);
});

test("an invalid frame rate is named", async () => {
  await assert.rejects(compile(fakeUpstream(), dir, { ...config, fps: -1 }), /fps must be/);
});
