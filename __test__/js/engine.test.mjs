import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { createRenderJob } from "../../dist/api/producer.js";
import { createEngine } from "../../dist/job/engine.js";
import { prepareOutput } from "../../dist/job/output-path.js";
import { progressEvent, render } from "./fake-render.mjs";
import {
  fakeBinding,
  fakeUpstream,
  project,
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

test("a good render: state, order, perf and file", async () => {
  const run = await render(output, {
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
  const { stages } = job.perfSummary;
  assert.equal(stages.captureMs, 5);
  assert.ok(stages.compileMs >= stages.compileOnlyMs);
  assert.ok(job.perfSummary.totalElapsedMs > 1);
  assert.ok(run.logger.lines.includes("info hello"));
  assert.equal(run.upstream.calls.length, 1);
});

test("the core is told what upstream and the environment say", async () => {
  let spec;
  process.env.HYPERFRAMES_FFMPEG_PATH = process.execPath;
  try {
    await render(output, {
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
  assert.equal(spec.engine.ffmpegPath, process.execPath);
  assert.equal(spec.engine.vp9CpuUsed, 3);
  assert.equal(spec.engine.protocolTimeoutMs, 300_000);
  assert.equal("concurrency" in spec.engine, false);
});

test("the core cannot claim completion or failure itself", async () => {
  const run = await render(output, {
    script: async ({ emit }) => emit(progressEvent(100, "all frames")),
  });
  assert.deepEqual(
    run.reports.map((r) => r.percent),
    [5, 99, 100],
  );
});

test("sinks are awaited in order, and one that throws does no harm", async () => {
  const seen = [];
  const run = await render(output, {
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
  const run = await render(output, {
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
  const run = await render(output, {
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
    const run = await render(output, {
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
  const run = await render(output, {
    script: async ({ emit }) => {
      emit(progressEvent(25, "Starting frame capture"));
      return {
        code: "HF_NATIVE_PAGE_NOT_READY",
        message: "page never became ready",
        stage: "capture",
        retryable: true,
        consoleTail: ["[Browser] x"],
      };
    },
  });
  assert.equal(run.error.name, "NativeRenderError");
  assert.equal(run.error.code, "HF_NATIVE_PAGE_NOT_READY");
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

test("a spec that the core refuses has the core's code; other throws stay as they are", async () => {
  for (const [thrown, code, message] of [
    [
      "HF_NATIVE_INVALID_SPEC: `fps` is 0/1\nsee above",
      "HF_NATIVE_INVALID_SPEC",
      /^`fps` is 0\/1\nsee/,
    ],
    ["out of memory", "GenericFailure", /^out of memory$/],
  ]) {
    class NativeRender {
      constructor() {
        throw Object.assign(new Error(thrown), { code: "GenericFailure" });
      }
    }
    const { error, job } = await render(output, { binding: { NativeRender } });
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.equal(job.status, "failed");
  }
});

test("an existing output survives a failure", async () => {
  mkdirSync(join(output, ".."), { recursive: true });
  writeFileSync(output, "old");
  await render(output, { script: async () => ({ code: "HF_NATIVE_CAPTURE", message: "m" }) });
  assert.equal(readFileSync(output, "utf8"), "old");
});

test("a folder as output, and an impossible folder, are named", async () => {
  mkdirSync(output, { recursive: true });
  const folder = await render(output);
  assert.equal(folder.error.code, "HF_NATIVE_OUTPUT");
  assert.match(folder.error.message, /is a folder; name a file/);
  writeFileSync(join(output, "file"), "");
  output = join(output, "file", "deep", "o.mp4");
  const impossible = await render(output);
  assert.equal(impossible.error.code, "HF_NATIVE_OUTPUT");
  assert.equal(impossible.calls.length, 0);
});

test("a folder that the system refuses to create is an error, not a hang", () => {
  for (const path of ["/proc/none/deep/o.mp4", "/dev/null/o.mp4"]) {
    const request = { outputPath: path, projectDir: dir };
    assert.throws(() => prepareOutput(request), { code: "HF_NATIVE_OUTPUT" });
  }
});

test("a compile error fails the job with upstream's message", async () => {
  const compileError = new Error("Entry file not found: x.html");
  const run = await render(output, { upstream: fakeUpstream({ compileError }) });
  assert.equal(run.error, compileError);
  assert.equal(run.job.error, compileError.message);
  assert.equal(run.job.failedStage, "Compiling composition");
  assert.deepEqual(run.calls, []);
});

test("concurrent jobs do not meet", async () => {
  const { binding } = fakeBinding(async ({ emit, spec }) => {
    await sleep(10);
    emit(progressEvent(50, spec.jobId));
    await sleep(10);
  });
  const engine = createEngine({ binding: () => binding });
  const upstream = fakeUpstream();
  const folder = tempDir();
  await Promise.all(
    [1, 2, 3].map(async (n) => {
      const job = createRenderJob({ fps: 30, quality: "draft", logger: recordingLogger() });
      const messages = [];
      await engine.execute(upstream, {
        job,
        projectDir: dir,
        outputPath: join(folder, `${n}.mp4`),
        progress: (_job, message) => void messages.push(message),
      });
      assert.deepEqual(messages, ["Compiling composition", job.id, "Render complete"]);
    }),
  );
});
