/** HDR renders that are stopped, killed, or lose a browser, the encoder or a decoder in the middle. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  assertClean,
  assertExit,
  assertNative,
  assertOneError,
  assertUntouched,
  putExisting,
} from "../support/expect.mjs";
import { FPS, putClip, startHdr, writePage } from "../support/hdr.mjs";
import { element, timed, video } from "../support/html.mjs";
import {
  browsersOf,
  decodersOf,
  encodersOf,
  encoding,
  processesOf,
  survivors,
  until,
} from "../support/processes.mjs";
import { startFacade } from "../support/run.mjs";
import { WHOLE_ONLY } from "../support/whole.mjs";
import { workspace } from "../support/workspace.mjs";

const CLIP = "film.mp4";
/** Seconds of a page that a render ends, and of one that none here may get to the end of. */
const [WHOLE, LONG] = [10, 60];
const ABORT_MS = 1000;
const FAILS_WITHIN_MS = 10_000;
const WORKERS = ["--workers", "2"];
/** Bytes of 30 frames: 320x180, three samples of 16 bits. */
const A_SECOND = 30 * 320 * 180 * 6;

/** A workspace whose page shows a PQ clip, numbered frame by frame, with a moving caption on it. */
async function film(t, seconds) {
  const ws = workspace(t);
  await putClip(ws, CLIP, { curve: "pq", seconds });
  writePage(ws, {
    seconds,
    style: `#caption { left: 20px; top: 130px; color: #fff; font: 700 24px sans-serif;
      animation: slide ${seconds}s linear; }
      @keyframes slide { to { transform: translateX(120px); } }`,
    body: [
      video("film", CLIP, {
        style: "inset: 0; width: 320px; height: 180px",
        ...timed(seconds, 0),
      }),
      element("div", { id: "caption", class: "clip", ...timed(seconds, 1) }, "SDR over HDR"),
    ].join("\n"),
  });
  return ws;
}

/** Starts a render that does not end soon, over an existing file; frames flow when it is given. */
async function startLong(t) {
  const ws = await film(t, LONG);
  mkdirSync(join(ws.out, "ours"));
  putExisting(join(ws.out, "ours", "o.mp4"));
  const { running, file } = await startHdr(ws, "ours", { flags: WORKERS, keep: false });
  await encoding(ws.dir, A_SECOND);
  return { ws, running, file };
}

/** Asserts that a render ends soon from now with one error, and leaves nothing. */
async function assertFailsSoon({ ws, running, file }, message) {
  const sent = performance.now();
  const end = await running.done;
  assert.ok(performance.now() - sent < FAILS_WITHIN_MS, `took ${performance.now() - sent} ms`);
  assertOneError(end, message);
  await assertClean(ws);
  assertUntouched(file);
}

describe("a killed browser or encoder of an HDR render", () => {
  /** Renders the page, with `disturb` called in the middle; gives a digest of every frame. */
  async function framesWith(t, disturb) {
    const ws = await film(t, WHOLE);
    const { running, frames } = await startHdr(ws, "ours", { flags: WORKERS });
    await encoding(ws.dir, A_SECOND);
    disturb(ws);
    const end = await running.done;
    assertExit(end, 0);
    assertNative(end);
    await assertClean(ws);
    const digests = frames().map((frame) => createHash("sha256").update(frame).digest("hex"));
    return { end, digests };
  }

  let frames;
  /** What the page looks like when nothing happens, rendered once. */
  const undisturbed = (t) => {
    frames ??= framesWith(t, () => {}).then(({ digests }) => digests);
    return frames;
  };

  for (const [name, pick, options] of [
    ["one of two", (dir) => browsersOf(dir).slice(0, 1), WHOLE_ONLY],
    ["every one", browsersOf, {}],
  ]) {
    test(
      `${name}: the render completes with fresh ones, and every frame is right`,
      options,
      async (t) => {
        const wanted = await undisturbed(t);
        assert.equal(wanted.length, WHOLE * FPS);
        assert.equal(new Set(wanted).size, wanted.length, "frames differ, so order is seen");
        const { end, digests } = await framesWith(t, ({ dir }) => {
          const victims = pick(dir);
          assert.ok(victims.length > 0, "there is something to kill");
          for (const { pid } of victims) process.kill(pid, "SIGKILL");
        });
        assert.match(end.stderr, /worker \d continues at frame \d+ in a fresh browser/);
        assert.equal(digests.length, wanted.length);
        const wrong = digests.flatMap((digest, frame) => (digest === wanted[frame] ? [] : [frame]));
        assert.deepEqual(wrong, [], "frames that are not those of an undisturbed render");
      },
    );
  }

  test("the encoder: all frames are captured again, and every one is right", async (t) => {
    const wanted = await undisturbed(t);
    const { end, digests } = await framesWith(t, ({ dir }) => {
      // The shell, too, that stands between the engine and it.
      const encoders = processesOf(dir).filter(({ command }) => command.includes("libx265"));
      assert.ok(encoders.length > 0, "there is something to kill");
      for (const { pid } of encoders) process.kill(pid, "SIGKILL");
    });
    assert.match(end.stderr, /FFmpeg exited with signal 9; all frames are captured again/);
    assert.deepEqual(digests, wanted);
  });
});

test("a killed decoder of an HDR clip: one clear error that names the clip", async (t) => {
  const render = await startLong(t);
  const decoder = await until(() => decodersOf(render.ws)[0], "decoder");
  process.kill(decoder.pid, "SIGKILL");
  await assertFailsSoon(render, /decoding \S+film\.mp4 failed: FFmpeg exited with signal 9/);
});

test("SIGKILL in the middle of an HDR render leaves no process", async (t) => {
  const { ws, running, file } = await startLong(t);
  assert.ok(encodersOf(ws.dir).length > 0 && decodersOf(ws).length > 0);
  running.child.kill("SIGKILL");
  await running.done;
  assert.deepEqual(await survivors(ws.dir), [], "processes left after 2 s");
  assertUntouched(file);
});

test("abort in the middle of an HDR render", async (t) => {
  const ws = await film(t, LONG);
  const outputPath = join(ws.out, "o.mp4");
  putExisting(outputPath);
  const options = { projectDir: ws.project, outputPath, workers: 2 };
  const request = { options, abortOn: "^Streaming frame", abortDelayMs: 500 };
  const running = startFacade(ws, request);
  const encoder = await until(() => encodersOf(ws.dir)[0], "encoder");
  assert.match(encoder.command, /libx265/);
  const { error, settledMs } = await running.outcome;
  assert.equal(error?.name, "RenderCancelledError", error?.message);
  assert.ok(settledMs < ABORT_MS, `rejected after ${settledMs} ms`);
  await assertClean(ws);
  assertUntouched(outputPath);
});
