import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { createRenderJob, wrapProducer } from "../../dist/api/producer.js";
import { NativeRenderError } from "../../dist/base/errors.js";
import { createEngine } from "../../dist/job/engine.js";
import { explanationText, requestExplanation } from "../../dist/route/explain.js";
import { render } from "./fake-render.mjs";
import { fakeUpstream, project, recordingLogger, tempDir } from "./support.mjs";

const dir = project();
let output;

beforeEach(() => {
  output = join(tempDir(), "sub", "o.mp4");
  delete process.env.HYPERFRAMES_NATIVE;
});

test("not covered: the HyperFrames engine renders, with one line through the logger", async () => {
  const upstream = fakeUpstream({ said: { videoCount: 1 } });
  const run = await render(output, { upstream });
  assert.equal(run.result.engine, "cli");
  assert.equal(readFileSync(output, "utf8"), "cli");
  assert.deepEqual(run.calls, []);
  const lines = run.logger.lines.filter((line) => line.includes("the HyperFrames engine"));
  assert.equal(lines.length, 1);
  assert.match(lines[0], /video clips with this version of HyperFrames/);
  assert.deepEqual(run.stderr, []);
  assert.deepEqual(
    upstream.calls.map((call) => call.debug),
    [true, false],
  );
  assert.equal(existsSync(join(upstream.calls[0].rendersDir, "..")), false);
});

test("not covered by configuration: nothing is compiled, and without a logger stderr tells", async () => {
  const run = await render(output, { config: { format: "dash", logger: undefined } });
  assert.equal(run.result.engine, "cli");
  assert.equal(run.upstream.calls.length, 1);
  assert.equal(run.stderr.length, 1);
});

test("HYPERFRAMES_NATIVE=only refuses what is not covered", async () => {
  process.env.HYPERFRAMES_NATIVE = "only";
  for (const options of [
    { config: { format: "dash" } },
    { upstream: fakeUpstream({ said: { audioCount: 1 } }) },
  ]) {
    const run = await render(output, options);
    assert.equal(run.error.code, "HF_NATIVE_UNSUPPORTED");
    assert.equal(run.job.status, "failed");
    assert.equal(existsSync(output), false);
    assert.equal(run.reports.filter((r) => r.message.startsWith("Failed:")).length, 1);
  }
});

test("an upstream that breaks the compile contract renders itself, by name", async () => {
  const upstream = fakeUpstream({ traces: false, metadata: false, nextStage: "Something else" });
  const run = await render(output, { upstream });
  assert.equal(run.result.engine, "cli");
  assert.match(
    run.logger.lines.join("\n"),
    /hyperframes 9\.9\.9 cannot be used as the compile stage/,
  );
});

test("an addon that cannot be loaded: nothing is compiled, and a warning says why", async () => {
  const engine = createEngine({
    binding() {
      throw new NativeRenderError("HF_NATIVE_ADDON_MISSING", "It is cut off.");
    },
  });
  const upstream = fakeUpstream();
  const logger = recordingLogger();
  const config = { fps: 30, quality: "draft", logger };
  const input = { projectDir: dir, outputPath: output };
  const result = await engine.execute(upstream, { job: createRenderJob(config), ...input });
  assert.equal(result.engine, "cli");
  assert.deepEqual(result.reasons, [{ code: "addon", message: "It is cut off." }]);
  assert.deepEqual(
    upstream.calls.map((call) => call.debug),
    [false],
  );
  assert.equal(readFileSync(output, "utf8"), "cli");
  const told = logger.lines.filter((line) => line.includes("It is cut off."));
  assert.equal(told.length, 1);
  assert.match(told[0], /^warn .*NOT USED/);

  process.env.HYPERFRAMES_NATIVE = "only";
  const job = createRenderJob(config);
  const refused = engine.execute(upstream, { job, ...input });
  await assert.rejects(refused, { code: "HF_NATIVE_ADDON_MISSING" });
  assert.equal(job.status, "failed");
  assert.equal(upstream.calls.length, 1);
});

test("explain gives the plan instead of a render, after cleaning up", async () => {
  const given = [];
  requestExplanation({ deliver: (explanation) => given.push(explanation) });
  try {
    const run = await render(output);
    assert.equal(run.result.engine, "explained");
    assert.deepEqual(run.calls, []);
    const cli = await render(output, { config: { format: "dash" } });
    assert.equal(cli.result.engine, "explained");
    assert.equal(existsSync(join(run.upstream.calls[0].rendersDir, "..")), false);
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
  const { namespace } = fakeUpstream();
  const wrapped = wrapProducer(namespace, { package: "hyperframes", version: "9.9.9" });
  const changed = Object.keys(namespace).filter((key) => wrapped[key] !== namespace[key]);
  assert.deepEqual(changed.sort(), ["createRenderJob", "executeRenderJob"]);
  assert.deepEqual(wrapped.createRenderJob({}).warnings, []);
  assert.equal(wrapProducer(namespace), wrapped);
  assert.equal(wrapProducer(wrapped), wrapped);
  process.env.HYPERFRAMES_NATIVE = "off";
  const other = fakeUpstream().namespace;
  assert.equal(wrapProducer(other), other);
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
  assert.match(cli, /^engine: HyperFrames\n {2}because of 1 video clip \(video\)\n/);
});
