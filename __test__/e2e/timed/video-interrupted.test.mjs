/** Renders with source clips that are stopped, killed, or lose a browser in the middle. */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FRAME_NUMBERS } from "../../../scripts/lib/media-code.mjs";
import { clipFile } from "../../../scripts/lib/media-files.mjs";
import { assertClean, assertExit, assertUntouched, putExisting } from "../support/expect.mjs";
import { browsersOf, decodersOf, encoding, survivors, until } from "../support/processes.mjs";
import { facade, startCli } from "../support/run.mjs";
import { framesShown, writeClipPage } from "../support/source-frames.mjs";
import { workspace } from "../support/workspace.mjs";

const FPS = 30;
const ABORT_MS = 1000;
const CLIPS = [0, 1, 2].map((i) => ({
  id: `c${i}`,
  src: `clip-${i}.mp4`,
  rect: [i * 210, 0, 200, 112],
  attributes: { "data-media-start": i / FPS },
}));

/** Writes a page of three clips whose frames carry their numbers, and starts nothing. */
async function clipProject(t, seconds) {
  const ws = workspace(t);
  const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: String(FPS), seconds };
  const made = await clipFile(spec);
  for (const { src } of CLIPS) copyFileSync(made, join(ws.project, src));
  writeClipPage(ws, { clips: CLIPS, seconds: seconds - 1 });
  const file = join(ws.out, "o.mp4");
  putExisting(file);
  return { ws, file };
}

async function startRender(t, seconds) {
  const { ws, file } = await clipProject(t, seconds);
  const flags = ["--workers", "2", "-q", "draft"];
  const running = await startCli(ws, ["render", ws.project, "-o", file, ...flags]);
  await encoding(ws.dir);
  await until(() => decodersOf(ws).length > 0, "decoder");
  return { ws, file, running };
}

test("abort while clips are decoded", async (t) => {
  const { ws, file } = await clipProject(t, 60);
  const options = { projectDir: ws.project, outputPath: file, workers: 2 };
  const request = { options, abortOn: "^Streaming frame", abortDelayMs: 300 };
  const { error, settledMs } = await facade(ws, request);
  assert.equal(error?.name, "RenderCancelledError", error?.message);
  assert.ok(settledMs < ABORT_MS, `rejected after ${settledMs} ms`);
  await assertClean(ws);
  assertUntouched(file);
});

for (const signal of ["SIGINT", "SIGKILL"]) {
  test(`${signal} while clips are decoded`, async (t) => {
    const { ws, file, running } = await startRender(t, 60);
    running.child.kill(signal);
    await running.done;
    assert.deepEqual(await survivors(ws.dir), [], "processes left after 2 s");
    assertUntouched(file);
  });
}

test("a browser killed in the middle: every source frame is still the right one", async (t) => {
  const seconds = 16;
  const { ws, file, running } = await startRender(t, seconds);
  process.kill(browsersOf(ws.dir)[0].pid, "SIGKILL");
  const end = await running.done;
  assertExit(end, 0);
  assert.match(end.stderr, /worker \d continues at frame \d+ in a fresh browser/);
  framesShown(file, CLIPS).forEach((shown, i) => {
    const frames = (seconds - 1) * FPS;
    assert.deepEqual(
      shown,
      Array.from({ length: frames }, (_, frame) => `1:${(frame + i) % FRAME_NUMBERS}`),
      `clip ${i}`,
    );
  });
  await assertClean(ws);
});
