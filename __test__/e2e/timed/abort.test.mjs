/** `renderJob` with an AbortSignal: at every stage it rejects within a second and cleans up. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertUntouched, putExisting } from "../support/expect.mjs";
import { fakeFfmpeg, script } from "../support/fake-tool.mjs";
import { LONG_SECONDS, writeProject } from "../support/project.mjs";
import { facade } from "../support/run.mjs";
import { workspace } from "../support/workspace.mjs";

const LIMIT_MS = 1000;
/** Shell commands that ignore SIGTERM. */
const STUBBORN = "trap '' TERM\nwhile :; do sleep 1; done";

/** Stage, progress message that it starts with, and how long after that the abort comes. */
const STAGES = [
  { stage: "before the start", abortOn: "" },
  { stage: "compile", abortOn: "^Compiling composition" },
  { stage: "launch of the browser", abortOn: "^Starting frame capture", abortDelayMs: 20 },
  { stage: "loading of the page", abortOn: "^Starting frame capture", abortDelayMs: 350 },
  { stage: "further browsers", abortOn: "^Starting browsers", workers: 3 },
  { stage: "capture", abortOn: "^Streaming frame" },
  { stage: "capture by several workers", abortOn: "^Streaming frame", workers: 3 },
  { stage: "end of the encoder", abortOn: "^Encoding frame", seconds: 0.5 },
  { stage: "check of the file", abortOn: "^Assembling final video", seconds: 0.5 },
];

for (const { stage, seconds = LONG_SECONDS, workers, ...request } of STAGES) {
  test(`abort: ${stage}`, async (t) => {
    const ws = workspace(t);
    writeProject(ws, { seconds });
    const outputPath = join(ws.out, "o.mp4");
    putExisting(outputPath);
    const options = { projectDir: ws.project, outputPath, ...(workers ? { workers } : {}) };
    const { error, result, settledMs } = await facade(ws, { options, ...request });
    assert.ok(!result, "it rendered");
    assert.equal(error.name, "RenderCancelledError");
    assert.ok(settledMs < LIMIT_MS, `rejected after ${settledMs} ms`);
    await assertClean(ws);
    assertUntouched(outputPath);
  });
}

/** What does not listen, and would be waited for if the abort did not go first. */
const DEAF = {
  "a page that never yields": {
    page: { after: "<script>for (;;);</script>" },
    abortOn: "^Starting frame capture",
    abortDelayMs: 2000,
  },
  "a browser that never answers": {
    env: (ws) => ({ PRODUCER_HEADLESS_SHELL_PATH: script(ws, "browser", STUBBORN) }),
    abortOn: "^Starting frame capture",
    abortDelayMs: 500,
  },
  "an encoder that never ends": {
    env: (ws) => ({ HYPERFRAMES_FFMPEG_PATH: fakeFfmpeg(ws, `cat >/dev/null\n${STUBBORN}`) }),
    abortOn: "^Encoding frame",
    abortDelayMs: 100,
  },
};

for (const [what, { page, env, ...request }] of Object.entries(DEAF)) {
  test(`${what} does not delay the abort`, async (t) => {
    const ws = workspace(t);
    writeProject(ws, page);
    const options = { projectDir: ws.project, outputPath: join(ws.out, "o.mp4") };
    const { error, settledMs } = await facade(ws, { options, ...request }, { env: env?.(ws) });
    assert.equal(error?.name, "RenderCancelledError", error?.message);
    assert.ok(settledMs < LIMIT_MS, `rejected after ${settledMs} ms`);
    await assertClean(ws);
  });
}
