/** What callers are told of a render beside its result. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { debugRoot } from "../../dist/observation/debug-files.js";
import { browserDiagnostics, RenderTrace } from "../../dist/observation/trace.js";
import { progressEvent, render } from "./fake-render.mjs";
import { tempDir } from "./support.mjs";

afterEach(() => {
  delete process.env.PRODUCER_RENDERS_DIR;
});

/** A logger that keeps what belongs to trace lines. */
function tracing() {
  const traces = [];
  const other = () => {};
  const info = (message, meta) => message === "[Render:trace]" && traces.push(meta);
  return { traces, error: other, warn: other, debug: other, info, isLevelEnabled: () => true };
}

const FAILED = {
  code: "HF_NATIVE_CAPTURE",
  message: "m",
  stage: "s",
  retryable: false,
  consoleTail: [],
};
const output = () => join(tempDir(), "o.mp4");
const stage = (code, total) => progressEvent(30, code, { stage: { code, total } });

test("a render traces its phases, and its figures hold the trace", async () => {
  const logger = tracing();
  const script = async ({ emit }) => {
    emit({ type: "probed", duration: 1, totalFrames: 30 });
    for (const [code, total] of [["start_browsers", 2], ["capture"], ["capture"], ["encode"]]) {
      emit(stage(code, total));
    }
    emit(stage("assemble"));
  };
  const { job, error } = await render(output(), { script, config: { logger } });
  assert.equal(error, undefined);
  assert.deepEqual(
    logger.traces.map(({ phase, status }) => `${phase} ${status}`),
    [
      ...["pipeline checkpoint", "compile start", "compile end", "compile checkpoint"],
      ...["browser_probe checkpoint", "worker_resolution checkpoint"],
      ...["capture_strategy checkpoint", "capture_streaming start", "capture_streaming end"],
      ...["assemble start", "hdr_detection checkpoint", "video_extract checkpoint"],
      ...["assemble end", "pipeline checkpoint"],
    ],
  );
  assert.ok(logger.traces.every(({ renderJobId }) => renderJobId === job.id));
  const { observability, host, subTimelineWait, drawElement } = job.perfSummary;
  assert.equal(observability.eventCount, logger.traces.length);
  assert.equal(observability.lastEvent.message, "artifact validated");
  assert.equal(observability.capture.workerCount, undefined, "the core's summary told none");
  assert.equal(observability.browserDiagnostics.total, 0);
  assert.equal(observability.capture.deParallelRouter, undefined);
  assert.deepEqual([host.nodeVersion, subTimelineWait], [process.version, "ready"]);
  assert.equal(drawElement, undefined, "it would change a setting of the CLI");
});

test("a failure keeps its trace and the phase that failed", async () => {
  const logger = tracing();
  const script = async ({ emit }) => {
    emit(stage("capture"));
    return FAILED;
  };
  const { job } = await render(output(), { script, config: { logger } });
  const { observability, perfStages, subTimelineWait } = job.errorDetails;
  assert.equal(observability.failedPhase, "capture_streaming");
  assert.deepEqual(
    [observability.lastEvent.status, observability.lastEvent.message],
    ["error", "m"],
  );
  assert.ok(perfStages.compileMs >= 0);
  assert.equal(subTimelineWait, "ready");
});

test("a page that fails before its length is known fails in the phase that asks it", async () => {
  const logger = tracing();
  const script = async ({ emit }) => {
    emit(stage("start_browsers", 1));
    return { ...FAILED, code: "HF_NATIVE_ZERO_DURATION" };
  };
  const { job } = await render(output(), { script, config: { logger } });
  assert.equal(job.errorDetails.observability.failedPhase, "browser_probe");
  const { phase, status, durationMs, forceScreenshot, stagePhase } = logger.traces.at(-1);
  assert.deepEqual([phase, status], ["browser_probe", "error"]);
  assert.deepEqual([forceScreenshot, stagePhase], [false, "calibrating"]);
  assert.equal(typeof durationMs, "number");
});

test("a render that is handed on has the trace of the HyperFrames engine alone", async () => {
  const logger = tracing();
  const config = { logger, format: "dash" };
  const { result } = await render(output(), { config });
  assert.equal(result.engine, "cli");
  assert.deepEqual(logger.traces, []);
});

test("debug keeps the log beside the renders folder, whatever upstream tells of it", async () => {
  const root = tempDir();
  process.env.PRODUCER_RENDERS_DIR = join(root, "renders");
  const { job } = await render(output(), { config: { debug: true } });
  const dir = join(root, ".debug", job.id);
  assert.deepEqual(readdirSync(join(root, ".debug")), [job.id]);
  const log = readFileSync(join(dir, "render.log"), "utf8");
  assert.match(log, /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] LOG \[Render:trace\] \{"renderJobId":/m);
  const told = { namespace: { resolveRenderDebugDir: () => "/told" }, dir: "/a/hyperframes" };
  assert.equal(debugRoot(told, { PRODUCER_RENDERS_DIR: "/r" }), "/told");
  assert.equal(debugRoot({ namespace: {}, dir: "/a/hyperframes" }, {}), "/a/.debug");
  assert.equal(debugRoot({ namespace: {} }, {}), undefined);
});

test("a trace is bounded, and begins and ends phases once", () => {
  const trace = new RenderTrace("j", Date.now(), undefined);
  trace.start("a");
  trace.start("a");
  trace.end("a", { x: 1 });
  trace.end("a");
  for (let i = 0; i < 200; i += 1) trace.checkpoint("c", `${i}`);
  const { events, eventCount } = trace.summary();
  assert.deepEqual([events.length, eventCount, events.at(-1).message], [160, 202, "199"]);
});

test("console lines are counted by kind", () => {
  const told = browserDiagnostics([
    "[Browser:ERROR] x",
    "[Browser:WARN] x",
    "[Browser:PAGEERROR] x",
    "[Browser:REQUESTFAILED] Failed to load resource: net::ERR_FAILED http://h/a",
    "[Browser:REQUESTFAILED] Failed to load resource: the server responded with a status of 404 (Not Found) http://h/b",
    "[Browser] status of 404",
  ]);
  assert.deepEqual(told, {
    total: 6,
    errors: 0,
    pageErrors: 1,
    requestFailed: 1,
    httpErrors: 1,
    navigationStarts: 0,
    navigationFailures: 0,
    consoleErrors: 1,
    consoleWarnings: 1,
  });
});
