/** Browsers and encoders that die or freeze in the middle of a render. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit, assertNative, putExisting } from "../support/expect.mjs";
import { browsersOf, encodersOf, encoding, pagesOf } from "../support/processes.mjs";
import { writeProject } from "../support/project.mjs";
import { startCli } from "../support/run.mjs";
import { assertVideo } from "../support/video.mjs";
import { workspace } from "../support/workspace.mjs";

/** Long enough that frames are missing when the first have come to the encoder. */
const SECONDS = 20;
const FRAMES = 600;

/** Starts a render with two workers over an existing file and waits until frames flow. */
async function startRender(t, { seconds = SECONDS, env } = {}) {
  const ws = workspace(t);
  writeProject(ws, { seconds });
  const file = join(ws.out, "o.mp4");
  putExisting(file);
  const flags = ["--workers", "2", "-q", "draft"];
  const running = await startCli(ws, ["render", ws.project, "-o", file, ...flags], { env });
  await encoding(ws.dir);
  return { ws, file, running };
}

for (const [name, pick] of [
  ["browser", (dir) => browsersOf(dir).slice(0, 1)],
  ["every browser", browsersOf],
  ["every page's process", pagesOf],
]) {
  test(`killed: ${name}. The render completes with fresh ones`, async (t) => {
    const { ws, file, running } = await startRender(t);
    const victims = pick(ws.dir);
    assert.ok(victims.length > 0, "there is something to kill");
    for (const { pid } of victims) process.kill(pid, "SIGKILL");
    const end = await running.done;
    assertExit(end, 0);
    assertNative(end);
    assert.match(end.stderr, /worker \d continues at frame \d+ in a fresh browser/);
    assertVideo(file, { frames: FRAMES });
    await assertClean(ws);
  });
}

test("frozen: a browser. The render completes with a fresh one", async (t) => {
  const env = { PRODUCER_PUPPETEER_PROTOCOL_TIMEOUT_MS: "3000" };
  const { ws, file, running } = await startRender(t, { env });
  process.kill(browsersOf(ws.dir)[0].pid, "SIGSTOP");
  const end = await running.done;
  assertExit(end, 0);
  assert.match(end.stderr, /worker \d continues at frame \d+ in a fresh browser/);
  assertVideo(file, { frames: FRAMES });
  await assertClean(ws);
});

for (const [signal, message, env] of [
  ["SIGKILL", /Streaming encode failed: FFmpeg exited with signal 9/],
  [
    "SIGSTOP",
    /Streaming encode failed: FFmpeg stopped after 2000 ms without consuming a frame/,
    { FFMPEG_STREAMING_TIMEOUT_MS: "2000" },
  ],
]) {
  test(`${signal} for the encoder: all frames are captured again for another one`, async (t) => {
    const { ws, file, running } = await startRender(t, { env });
    const [encoder] = encodersOf(ws.dir);
    process.kill(encoder.pid, signal);
    const end = await running.done;
    assertExit(end, 0);
    assert.match(end.stderr, message);
    assert.match(end.stderr, /; all frames are captured again in the \w+ lane/);
    assertVideo(file, { frames: FRAMES });
    await assertClean(ws);
  });
}
