/** A job says every five seconds what it waits for, whoever is silent. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { textOf } from "../../dist/job/heartbeat.js";
import { render } from "./fake-render.mjs";
import { fakeUpstream, tempDir } from "./support.mjs";

/** Longer than two signs of life. */
const WAIT_MS = 12_500;
/** By then the job listens: what was awaited before is not told later. */
const LISTENS_MS = 200;
/** Of the promised five seconds, on a busy machine. */
const MOST_SILENCE_MS = 5500;

/** A sink that keeps when it heard what, and the longest time between. */
function listening() {
  const heard = [];
  return {
    heard,
    onProgress: ({ progress, currentStage, stageProgress }, message) =>
      heard.push({ at: performance.now(), progress, currentStage, stageProgress, message }),
    longestSilence: () => Math.max(...heard.slice(1).map(({ at }, i) => at - heard[i].at)),
    signs: () => heard.filter(({ message }) => /waits|works/.test(message)),
  };
}

// They wait, all at the same time.
describe("silence", { concurrency: 4 }, () => {
  test("while HyperFrames compiles", async () => {
    const { onProgress, longestSilence, signs } = listening();
    const upstream = fakeUpstream({ duringCompile: () => sleep(WAIT_MS) });
    const { error, job, logger } = await render(join(tempDir(), "o.mp4"), { upstream, onProgress });
    assert.equal(error, undefined);
    assert.ok(longestSilence() < MOST_SILENCE_MS, `${longestSilence()} ms of silence`);
    const [first] = signs();
    const text =
      /^Compiling composition \(waits [45] s for HyperFrames' compile stage, until \d\d:\d\d:\d\d UTC\)$/;
    assert.match(first.message, text);
    assert.equal(first.currentStage, first.message);
    assert.equal(first.progress, 5);
    assert.deepEqual(first.stageProgress, { code: "compile" });
    const line = /^debug \[Native\] waits \d+ s for HyperFrames' compile stage/;
    assert.ok(logger.lines.some((said) => line.test(said)));
    assert.equal(job.currentStage, "Render complete");
  });

  test("while the core says nothing", async () => {
    const { onProgress, longestSilence, signs } = listening();
    const script = () => sleep(WAIT_MS);
    await render(join(tempDir(), "o.mp4"), { script, onProgress });
    assert.ok(longestSilence() < MOST_SILENCE_MS, `${longestSilence()} ms of silence`);
    assert.ok(signs().length >= 2);
  });

  test("what the core waits for is told as it says it, and is no stage of the job", async () => {
    const { onProgress, signs } = listening();
    const stage = { code: "start_browsers" };
    const script = async ({ emit }) => {
      await sleep(LISTENS_MS);
      const message = "Starting frame capture";
      emit({ type: "progress", status: "rendering", percent: 25, message, stage });
      emit({
        type: "heartbeat",
        awaits: [
          { what: "the page to load", waitedMs: 7200, leftMs: 5000 },
          { what: "the sound", waitedMs: 900 },
        ],
      });
      emit({ type: "heartbeat", awaits: [] });
      return { code: "HF_NATIVE_PAGE_NOT_READY", message: "no", stage: "capture", consoleTail: [] };
    };
    const { job } = await render(join(tempDir(), "o.mp4"), { script, onProgress });
    const [waits, works] = signs();
    const text =
      /^Starting frame capture \(waits 7 s for the page to load, until \S+ UTC; 1 s for the sound\)$/;
    assert.match(waits.message, text);
    assert.deepEqual([waits.progress, waits.stageProgress], [25, stage]);
    assert.equal(works.message, "Starting frame capture (works)");
    assert.equal(job.failedStage, "Starting frame capture");
  });

  test("it is written to render.log, and nothing is said after the end", async () => {
    process.env.PRODUCER_RENDERS_DIR = join(tempDir(), "renders");
    const { onProgress, heard } = listening();
    const script = async ({ emit }) => {
      await sleep(LISTENS_MS);
      emit({ type: "heartbeat", awaits: [{ what: "a browser to start", waitedMs: 4000 }] });
    };
    const config = { debug: true };
    const { job } = await render(join(tempDir(), "o.mp4"), { script, config, onProgress });
    const dir = join(process.env.PRODUCER_RENDERS_DIR, "..", ".debug", job.id);
    delete process.env.PRODUCER_RENDERS_DIR;
    const log = readFileSync(join(dir, "render.log"), "utf8");
    assert.match(log, /DBG \[Native\] waits 4 s for a browser to start/);
    const said = heard.length;
    await sleep(5000);
    assert.equal(heard.length, said);
  });
});

test("the end is a time of day", () => {
  const text = textOf([{ what: "it", waitedMs: 1499, leftMs: 0 }]);
  assert.match(text, /^waits 1 s for it, until \d\d:\d\d:\d\d UTC$/);
});
