/**
 * Source clips that are broken, strange or huge. What is an error for upstream is an error here, and
 * what upstream renders is rendered.
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { clipFile } from "../../../scripts/lib/media-files.mjs";
import { putBadMedia } from "../support/bad-media.mjs";
import {
  assertClean,
  assertExit,
  assertNative,
  assertUntouched,
  putExisting,
} from "../support/expect.mjs";
import { encoding, processesOf, until } from "../support/processes.mjs";
import { cli, startCli } from "../support/run.mjs";
import { framesShown, writeClipPage } from "../support/source-frames.mjs";
import { workspace } from "../support/workspace.mjs";

const CLIP = { id: "clip", src: "assets/clip.mp4", rect: [0, 0, 320, 180] };
const SECONDS = 0.5;
const FRAMES = 15;
const WITHIN_MS = 15_000;
/** How soon a render has to know that its decoder is gone. */
const NOTICE_MS = 10_000;

/** Errors: what they say besides the file's name. */
const ERRORS = {
  missing: /could not be found.*Check the path/s,
  empty: /moov atom not found|invalid data|empty/i,
  text: /moov atom not found|invalid data/i,
  truncated: /moov atom not found|invalid data/i,
  "no frames": /media element type|no video stream/i,
  "no samples": /no positive duration|invalid data|no video frame/i,
  encrypted: /decoding .* failed/i,
};

const all = (shown) => Array(FRAMES).fill(shown);
const counting = (step) => all(0).map((_, i) => `1:${Math.floor(i * step + 1e-9) % 256}`);

/** Renders: the source frames that have to be seen, the same as upstream shows. */
const RENDERED = {
  "cut off": ["1:0", ...all("1:1").slice(1)],
  "one frame": all("1:0"),
  "webm by the name of mp4": counting(1),
  "a tenth of a frame a second": all("1:0"),
  "ten hours": all("1:0"),
  "7680 by 4320": counting(1),
};
/** These take longer with any engine: the CLI itself looks through the file before. */
const SLOW_MS = { "ten hours": 30_000, "7680 by 4320": 45_000 };

async function render(ws, name) {
  await putBadMedia(ws, name);
  writeClipPage(ws, { clips: [CLIP], seconds: SECONDS });
  const file = join(ws.out, "o.mp4");
  putExisting(file);
  return { file, end: await cli(ws, ["render", ws.project, "-o", file]) };
}

function assertSoon(end, name) {
  const most = SLOW_MS[name] ?? WITHIN_MS;
  assert.ok(end.ms < most, `it took ${end.ms} ms, more than ${most}:\n${end.text}`);
}

describe("bad media: errors", { concurrency: 2 }, () => {
  for (const [name, message] of Object.entries(ERRORS)) {
    test(name, async (t) => {
      const ws = workspace(t);
      const { end, file } = await render(ws, name);
      assertExit(end, 1);
      assertSoon(end, name);
      const told = end.stderr.slice(end.stderr.indexOf("Render failed"));
      assert.match(told, message);
      assert.match(told, /clip\.mp4/, "the error names the file");
      assertUntouched(file);
      await assertClean(ws);
    });
  }
});

describe("bad media: rendered", () => {
  for (const [name, frames] of Object.entries(RENDERED)) {
    test(name, async (t) => {
      const ws = workspace(t);
      const { end, file } = await render(ws, name);
      assertExit(end, 0);
      assertNative(end);
      assertSoon(end, name);
      assert.deepEqual(framesShown(file, [CLIP])[0], frames);
      await assertClean(ws);
    });
  }

  test("1000 frames a second", async (t) => {
    const ws = workspace(t);
    const { end, file } = await render(ws, "1000 frames a second");
    assertExit(end, 0);
    assertNative(end);
    assertSoon(end);
    // The frame nearest to each instant: 33.3 source frames are one of the output.
    const [shown] = framesShown(file, [CLIP]);
    const nearest = all(0).map((_, i) => `1:${Math.floor((i * 1000) / 30) % 256}`);
    assert.deepEqual(shown, nearest);
    await assertClean(ws);
  });

  test("corrupt in the middle: a picture for every frame, and the good ones are right", async (t) => {
    const ws = workspace(t);
    const { end, file } = await render(ws, "corrupt in the middle");
    assertExit(end, 0);
    assertNative(end);
    assertSoon(end);
    const [shown] = framesShown(file, [CLIP]);
    assert.equal(shown.length, FRAMES);
    assert.deepEqual(shown.slice(0, 2), ["1:0", "1:1"]);
    await assertClean(ws);
  });
});

describe("a decoder that goes away", () => {
  for (const signal of ["SIGKILL", "SIGTERM"]) {
    test(`ended by ${signal}: the render recovers or says so, soon`, async (t) => {
      const ws = workspace(t);
      const seconds = 20;
      const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds };
      writeClipPage(ws, { clips: [{ ...CLIP, src: "clip.mp4" }], seconds });
      copyFileSync(await clipFile(spec), join(ws.project, "clip.mp4"));
      const file = join(ws.out, "o.mp4");
      putExisting(file);
      const running = await startCli(ws, ["render", ws.project, "-o", file]);
      const decoders = () =>
        processesOf(ws.dir).filter(
          ({ command }) => /^\S*ffmpeg .*clip\.mp4/.test(command) && !/libx264/.test(command),
        );
      await encoding(ws.dir);
      const [decoder] = await until(() => decoders().length > 0 && decoders(), "decoder");
      process.kill(decoder.pid, signal);
      const killed = performance.now();
      const end = await running.done;
      if (end.code === 0) {
        assertNative(end);
        const [shown] = framesShown(file, [CLIP]);
        assert.deepEqual(
          shown,
          shown.map((_, i) => `1:${i % 256}`),
        );
      } else {
        assertExit(end, 1);
        const ms = performance.now() - killed;
        assert.ok(ms < NOTICE_MS, `it took ${ms} ms to end:\n${end.text}`);
        assert.match(end.stderr, /clip\.mp4/, "the error names the file");
        assertUntouched(file);
      }
      await assertClean(ws);
    });
  }
});
