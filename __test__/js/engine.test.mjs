import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { createEngine } from "../../dist/engine.js";
import { explanationText, requestExplanation } from "../../dist/explain.js";
import { createRenderJob, wrapProducer } from "../../dist/producer.js";
import {
  fakeBinding,
  fakePeer,
  project,
  RenderCancelledError,
  RenderQualityError,
  recordingLogger,
  tempDir,
} from "./support.mjs";

const dir = project();
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let output;

beforeEach(() => {
  output = join(tempDir(), "sub", "o.mp4");
  delete process.env.HYPERFRAMES_NATIVE;
});
after(() => {
  delete process.env.HYPERFRAMES_NATIVE;
});

/** One render against fakes; gives everything there is to look at. */
async function render({
  peer = fakePeer(),
  script,
  config,
  signal,
  onProgress,
  assertRenderActive,
} = {}) {
  const { binding, calls } = fakeBinding(script);
  const stderr = [];
  const engine = createEngine({ binding: () => binding, stderr: (text) => stderr.push(text) });
  const logger = recordingLogger();
  const job = createRenderJob({ fps: 30, quality: "standard", format: "mp4", logger, ...config });
  const reports = [];
  const progress =
    onProgress ??
    ((snapshot, message) => {
      reports.push({ percent: snapshot.progress, message, status: snapshot.status, snapshot });
    });
  const outcome = await engine
    .execute(peer, {
      job,
      projectDir: dir,
      outputPath: output,
      progress,
      signal,
      assertRenderActive,
    })
    .then(
      (result) => ({ result }),
      (error) => ({ error }),
    );
  return { job, reports, calls, stderr, logger, peer, ...outcome };
}

const progressEvent = (percent, message, more = {}) => ({
  type: "progress",
  status: "rendering",
  percent,
  message,
  ...more,
});

test("a good render: state, order, perf and file", async () => {
  const run = await render({
    async script({ emit }) {
      emit({ type: "probed", duration: 1, totalFrames: 30 });
      emit(progressEvent(25, "Starting frame capture", { stage: { code: "start_browsers" } }));
      emit(
        progressEvent(50, "Streaming frame 10/30", {
          stage: { code: "capture", done: 10, total: 30 },
          framesRendered: 10,
          totalFrames: 30,
        }),
      );
      emit(progressEvent(40, "late and lower"));
      emit({ type: "log", level: "info", message: "hello" });
    },
  });
  assert.equal(run.error, undefined);
  assert.deepEqual(run.calls, ["new", "run", "publish", "discard"]);
  assert.equal(readFileSync(output, "utf8"), "native");
  assert.deepEqual(
    run.reports.map((r) => [r.percent, r.message]),
    [
      [5, "Compiling composition"],
      [25, "Starting frame capture"],
      [50, "Streaming frame 10/30"],
      [50, "late and lower"],
      [100, "Render complete"],
    ],
  );
  assert.deepEqual(run.reports[0].snapshot.stageProgress, { code: "compile" });
  assert.deepEqual(run.reports[2].snapshot.stageProgress, { code: "capture", done: 10, total: 30 });
  assert.equal(run.reports[4].snapshot.stageProgress, undefined);
  assert.equal(run.reports[2].snapshot.framesRendered, 10);
  const { job } = run;
  assert.equal(job.status, "complete");
  assert.equal(job.outcome, "completed");
  assert.equal(job.currentStage, "Render complete");
  assert.equal(job.outputPath, output);
  assert.equal(job.totalFrames, 30);
  assert.ok(job.startedAt instanceof Date && job.completedAt instanceof Date);
  assert.equal(job.perfSummary.renderId, job.id);
  assert.ok(job.perfSummary.stages.compileMs >= job.perfSummary.stages.compileOnlyMs + 5);
  assert.ok(job.perfSummary.totalElapsedMs > 1);
  assert.ok(run.logger.lines.includes("info hello"));
  assert.equal(run.peer.calls.length, 1);
});

test("the core is told what the producer and the environment say", async () => {
  let spec;
  process.env.HYPERFRAMES_FFMPEG_PATH = "/opt/ffmpeg";
  try {
    await render({
      config: { crf: 16, workers: 3, variables: { a: 1 } },
      script: async (render) => {
        spec = render.spec;
      },
    });
  } finally {
    delete process.env.HYPERFRAMES_FFMPEG_PATH;
  }
  assert.equal(spec.composition.width, 320);
  assert.deepEqual(spec.output, { path: output, format: "mp4" });
  assert.deepEqual(spec.encode, { quality: "standard", crf: 16, rendererVersion: "9.9.9" });
  assert.equal(spec.deviceScaleFactor, 2);
  assert.equal(spec.workers, 3);
  assert.deepEqual(spec.variables, { a: 1 });
  assert.equal(spec.engine.coresPerWorker, 3);
  assert.equal(spec.engine.ffmpegPath, "/opt/ffmpeg");
  assert.equal(spec.engine.minParallelFrames, 120);
  assert.equal("concurrency" in spec.engine, false);
});

test("the core cannot claim completion or failure itself", async () => {
  const run = await render({
    script: async ({ emit }) => emit(progressEvent(100, "all frames")),
  });
  assert.deepEqual(
    run.reports.map((r) => r.percent),
    [5, 99, 100],
  );
});

test("sinks are awaited in order, and one that throws does no harm", async () => {
  const seen = [];
  const run = await render({
    script: async ({ emit }) => {
      for (let i = 1; i <= 5; i++) emit(progressEvent(30 + i, `frame ${i}`));
    },
    onProgress: async (_snapshot, message) => {
      await sleep(seen.length === 0 ? 20 : 0);
      seen.push(message);
      if (message === "frame 2") throw new Error("sink broke");
    },
  });
  assert.equal(run.error, undefined);
  assert.deepEqual(seen, [
    "Compiling composition",
    "frame 1",
    "frame 2",
    "frame 3",
    "frame 4",
    "frame 5",
    "Render complete",
  ]);
  assert.ok(run.logger.lines.some((line) => line.startsWith("warn The progress callback threw")));
});

test("a synchronous throw in the sink does no harm either", async () => {
  const run = await render({
    onProgress() {
      throw new Error("sync");
    },
  });
  assert.equal(run.job.status, "complete");
});

test("warnings are collected once, and colour the outcome", async () => {
  const warning = {
    type: "warning",
    code: "media_load_failed",
    message: "a.png",
    details: { n: 1 },
  };
  const run = await render({
    script: async ({ emit }) => {
      emit(warning);
      emit(warning);
    },
  });
  assert.equal(run.job.outcome, "completed_with_warnings");
  assert.deepEqual(run.job.warnings, [
    { code: "media_load_failed", message: "a.png", stage: "capture-readiness", details: { n: 1 } },
  ]);
});

for (const [name, strictness, code] of [
  ["strict", "strict", "media_load_failed"],
  ["always fatal", "best-effort", "sub_timeline_script_failure"],
]) {
  test(`quality: ${name} warnings block publishing`, async () => {
    const run = await render({
      config: { strictness },
      script: async ({ emit }) => emit({ type: "warning", code, message: "m" }),
    });
    assert.ok(run.error instanceof RenderQualityError);
    assert.deepEqual(run.calls, ["new", "run", "discard"]);
    assert.equal(run.job.status, "failed");
    assert.equal(existsSync(output), false);
  });
}

test("a failure of the core carries code, console and details", async () => {
  const run = await render({
    script: async ({ emit }) => {
      emit(progressEvent(25, "Starting frame capture"));
      return {
        code: "HF_NATIVE_PAGE_TIMEOUT",
        message: "page never became ready",
        stage: "capture",
        retryable: true,
        consoleTail: ["[Browser] x"],
      };
    },
  });
  assert.equal(run.error.name, "NativeRenderError");
  assert.equal(run.error.code, "HF_NATIVE_PAGE_TIMEOUT");
  assert.equal(run.error.retryable, true);
  assert.deepEqual(run.calls, ["new", "run", "discard"]);
  const { job } = run;
  assert.equal(job.status, "failed");
  assert.equal(job.outcome, "failed");
  assert.equal(job.failedStage, "Starting frame capture");
  assert.equal(job.error, "page never became ready");
  assert.deepEqual(job.errorDetails.browserConsoleTail, ["[Browser] x"]);
  assert.ok(job.errorDetails.freeMemoryMB > 0);
  assert.deepEqual(run.reports.at(-1).message, "Failed: page never became ready");
  assert.equal(run.reports.at(-1).percent, 25);
});

test("an existing output survives a failure", async () => {
  mkdirSync(join(output, ".."), { recursive: true });
  writeFileSync(output, "old");
  await render({ script: async () => ({ code: "HF_NATIVE_X", message: "m" }) });
  assert.equal(readFileSync(output, "utf8"), "old");
});

test("a folder as output, and an impossible folder, are named", async () => {
  mkdirSync(output, { recursive: true });
  const folder = await render();
  assert.equal(folder.error.code, "HF_NATIVE_OUTPUT");
  assert.match(folder.error.message, /is a folder; name a file/);
  writeFileSync(join(output, "file"), "");
  output = join(output, "file", "deep", "o.mp4");
  const impossible = await render();
  assert.equal(impossible.error.code, "HF_NATIVE_OUTPUT");
  assert.equal(impossible.calls.length, 0);
});

test("cancel before the start", async () => {
  const run = await render({ signal: AbortSignal.abort() });
  assert.ok(run.error instanceof RenderCancelledError);
  assert.equal(run.job.status, "cancelled");
  assert.equal(run.peer.calls.length, 0);
});

test("cancel while compiling", async () => {
  const abort = new AbortController();
  const peer = fakePeer({ duringCompile: () => abort.abort() });
  const run = await render({ peer, signal: abort.signal });
  assert.ok(run.error instanceof RenderCancelledError);
  assert.equal(run.job.outcome, "cancelled");
  assert.deepEqual(run.reports.at(-1).message, "Render cancelled");
  assert.deepEqual(run.calls, []);
});

test("cancel while the core runs", async () => {
  const abort = new AbortController();
  const run = await render({
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
  const run = await render({
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
  const good = await render({ assertRenderActive: () => calls++ });
  assert.equal(good.job.status, "complete");
  assert.equal(calls, 1);
  const bad = await render({ signal: abort.signal, assertRenderActive: () => abort.abort() });
  assert.ok(bad.error instanceof RenderCancelledError);
  assert.deepEqual(bad.calls, ["new", "run", "discard"]);
  const thrown = new Error("owner is gone");
  const third = await render({
    assertRenderActive() {
      throw thrown;
    },
  });
  assert.equal(third.error, thrown);
  assert.equal(existsSync(output), true, "the first render's file stays");
});

test("cancel after publishing no longer matters", async () => {
  const abort = new AbortController();
  const run = await render({
    signal: abort.signal,
    onProgress: (job) => {
      if (job.status === "complete") abort.abort();
    },
  });
  assert.equal(run.error, undefined);
  assert.equal(run.job.status, "complete");
});

test("not covered: the producer renders, with one line through the logger", async () => {
  const peer = fakePeer({ said: { videoCount: 1 } });
  const run = await render({ peer });
  assert.equal(run.result.engine, "cli");
  assert.equal(readFileSync(output, "utf8"), "cli");
  assert.deepEqual(run.calls, []);
  const lines = run.logger.lines.filter((line) => line.includes("CLI's own engine"));
  assert.equal(lines.length, 1);
  assert.match(lines[0], /1 video clip/);
  assert.deepEqual(run.stderr, []);
  assert.deepEqual(
    peer.calls.map((call) => call.debug),
    [true, false],
  );
  assert.equal(existsSync(join(peer.calls[0].rendersDir, "..")), false);
});

test("not covered by configuration: nothing is compiled, and without a logger stderr tells", async () => {
  const run = await render({ config: { format: "webm", logger: undefined } });
  assert.equal(run.result.engine, "cli");
  assert.equal(run.peer.calls.length, 1);
  assert.equal(run.stderr.length, 1);
});

test("HYPERFRAMES_NATIVE=only refuses what is not covered", async () => {
  process.env.HYPERFRAMES_NATIVE = "only";
  for (const options of [
    { config: { useGpu: true } },
    { peer: fakePeer({ said: { audioCount: 1 } }) },
  ]) {
    const run = await render(options);
    assert.equal(run.error.code, "HF_NATIVE_UNSUPPORTED");
    assert.equal(run.job.status, "failed");
    assert.equal(existsSync(output), false);
    assert.equal(run.reports.filter((r) => r.message.startsWith("Failed:")).length, 1);
  }
});

test("a producer that breaks the compile contract renders itself, by name", async () => {
  const peer = fakePeer({ traces: false, metadata: false, nextStage: "Something else" });
  const run = await render({ peer });
  assert.equal(run.result.engine, "cli");
  assert.match(
    run.logger.lines.join("\n"),
    /hyperframes 9\.9\.9 cannot be used as the compile stage/,
  );
});

test("a compile error fails the job with the producer's message", async () => {
  const compileError = new Error("Entry file not found: x.html");
  const run = await render({ peer: fakePeer({ compileError }) });
  assert.equal(run.error, compileError);
  assert.equal(run.job.error, compileError.message);
  assert.equal(run.job.failedStage, "Compiling composition");
  assert.deepEqual(run.calls, []);
});

test("an addon that cannot be loaded is an error, not a silent detour", async () => {
  const engine = createEngine({
    binding() {
      throw Object.assign(new Error("no addon"), { code: "HF_NATIVE_ADDON_MISSING" });
    },
  });
  const job = createRenderJob({ fps: 30, quality: "draft" });
  const peer = fakePeer();
  await assert.rejects(engine.execute(peer, { job, projectDir: dir, outputPath: output }), {
    code: "HF_NATIVE_ADDON_MISSING",
  });
  assert.equal(job.status, "failed");
});

test("explain gives the plan instead of a render, after cleaning up", async () => {
  const given = [];
  requestExplanation({ deliver: (explanation) => given.push(explanation) });
  try {
    const run = await render();
    assert.equal(run.result.engine, "explained");
    assert.deepEqual(run.calls, []);
    const cli = await render({ config: { format: "gif" } });
    assert.equal(cli.result.engine, "explained");
    assert.equal(existsSync(join(run.peer.calls[0].rendersDir, "..")), false);
  } finally {
    requestExplanation(undefined);
  }
  assert.deepEqual(given[0], {
    route: "native",
    reasons: [],
    producer: { package: "hyperframes", version: "9.9.9" },
    composition: { entryFile: "index.html", width: 320, height: 180, staticDuration: 1 },
    plan: { lane: "beginframe", workers: 2 },
  });
  assert.equal(given[1].route, "cli");
  assert.equal(existsSync(output), false);
});

test("wrapProducer replaces two functions and nothing else", async () => {
  const { namespace } = fakePeer();
  const wrapped = wrapProducer(namespace, { package: "hyperframes", version: "9.9.9" });
  const changed = Object.keys(namespace).filter((key) => wrapped[key] !== namespace[key]);
  assert.deepEqual(changed.sort(), ["createRenderJob", "executeRenderJob"]);
  assert.deepEqual(wrapped.createRenderJob({}).warnings, []);
  assert.equal(wrapProducer(namespace), wrapped);
  assert.equal(wrapProducer(wrapped), wrapped);
  process.env.HYPERFRAMES_NATIVE = "off";
  const other = fakePeer().namespace;
  assert.equal(wrapProducer(other), other);
});

test("concurrent jobs do not meet", async () => {
  const { binding } = fakeBinding(async ({ emit, spec }) => {
    await sleep(10);
    emit(progressEvent(50, spec.jobId));
    await sleep(10);
  });
  const engine = createEngine({ binding: () => binding });
  const peer = fakePeer();
  const folder = tempDir();
  await Promise.all(
    [1, 2, 3].map(async (n) => {
      const job = createRenderJob({ fps: 30, quality: "draft", logger: recordingLogger() });
      const messages = [];
      await engine.execute(peer, {
        job,
        projectDir: dir,
        outputPath: join(folder, `${n}.mp4`),
        progress: (_job, message) => void messages.push(message),
      });
      assert.deepEqual(messages, ["Compiling composition", job.id, "Render complete"]);
    }),
  );
});

test("an explanation reads as lines", () => {
  const text = explanationText({
    route: "native",
    reasons: [],
    producer: { package: "hyperframes", version: "9.9.9" },
    composition: { entryFile: "index.html", width: 320, height: 180, staticDuration: 0 },
    plan: { sizing: { workers: 2, boundBy: "cpu" }, reasons: [], encoder: ["-c:v", "libx264"] },
  });
  assert.deepEqual(text.split("\n"), [
    "engine: native",
    "compiled by: hyperframes 9.9.9",
    "composition: index.html, 320x180, by probe",
    "sizing:",
    "  workers: 2",
    "  boundBy: cpu",
    "reasons: none",
    "encoder: -c:v libx264",
    "",
  ]);
  const cli = explanationText({
    route: "cli",
    reasons: [{ code: "video", message: "1 video clip" }],
    producer: { package: "hyperframes", version: "9.9.9" },
  });
  assert.match(cli, /^engine: the CLI's own\n {2}because of 1 video clip \(video\)\n/);
});
