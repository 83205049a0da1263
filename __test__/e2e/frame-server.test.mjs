/** Source frames reach the page however busy the page keeps its server with the same files. */
import assert from "node:assert/strict";
import { copyFileSync, linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean, assertExit, assertNative, nativeSummary } from "./support/expect.mjs";
import { cli } from "./support/run.mjs";
import { framesShown, numberField, numbersTold, writeClipPage } from "./support/source-frames.mjs";
import { WHOLE_ONLY } from "./support/whole.mjs";
import { workspace } from "./support/workspace.mjs";

const MIB = 1024 * 1024;
const SECONDS = 0.5;
const CLIPS = 30;
const COLUMNS = 6;
const COLUMN = 106;
const ROW = 36;
const WITHIN_MS = 60_000;
/** Chrome opens six connections to one server; that many downloads leave none. */
const HELD_DOWNLOADS = 6;

/** An MP4 made heavier by a box that means nothing, so that its download takes long. */
async function heavyClip(path, seconds, mebibytes) {
  const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds };
  copyFileSync(await clipFile(spec), path);
  const free = Buffer.alloc(mebibytes * MIB);
  free.writeUInt32BE(free.length, 0);
  free.write("free", 4, "latin1");
  writeFileSync(path, free, { flag: "a" });
}

/** Starts to download every clip when the first frame is due, and reads a little of each. */
const HOLD_DOWNLOADS = `
  let held = 0;
  const readers = [];
  const hold = async (video) => {
    const response = await fetch(video.getAttribute("src"), { cache: "no-store" });
    const reader = response.body.getReader();
    readers.push(reader);
    await reader.read();
    held++;
  };
  let started = false;
  window.addEventListener("hf-seek", () => {
    tell(held);
    if (started) return;
    started = true;
    for (const video of document.querySelectorAll("video")) hold(video);
  });
`;

/** Tells how much of the element's own file the browser holds, in seconds. */
const TELL_BUFFERED = `
  window.addEventListener("hf-seek", () => {
    const { buffered } = document.querySelector("video");
    tell(buffered.length ? buffered.end(buffered.length - 1) : 0);
  });
`;

describe("the server of source frames", () => {
  test("30 clips, while the page downloads the files of all of them", WHOLE_ONLY, async (t) => {
    const ws = workspace(t);
    await heavyClip(join(ws.project, "clip-0.mp4"), 2, 4);
    const clips = Array.from({ length: CLIPS }, (_, i) => {
      const src = `clip-${i}.mp4`;
      if (i > 0) linkSync(join(ws.project, "clip-0.mp4"), join(ws.project, src));
      const rect = [(i % COLUMNS) * COLUMN, Math.floor(i / COLUMNS) * ROW, COLUMN, ROW];
      return { id: `c${i}`, src, rect, attributes: { "data-media-start": i / 30 } };
    });
    const { body, script } = numberField();
    writeClipPage(ws, { clips, seconds: SECONDS, body, script: script + HOLD_DOWNLOADS });
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file]);
    assertExit(end, 0);
    assertNative(end);
    assert.ok(end.ms < WITHIN_MS, `it took ${end.ms} ms`);
    const held = numbersTold(file);
    assert.ok(Math.max(...held) >= HELD_DOWNLOADS, `downloads the page held, by frame: ${held}`);
    framesShown(file, clips).forEach((shown, i) => {
      const expected = Array.from({ length: SECONDS * 30 }, (_, frame) => `1:${frame + i}`);
      assert.deepEqual(shown, expected, `clip ${i}`);
    });
    await assertClean(ws);
  });

  test("large frames are put into the page's memory, each in its place", async (t) => {
    const ws = workspace(t);
    const seconds = 1;
    const spec = { file: "clip.mp4", clip: 1, size: "640x360", fps: "30", seconds };
    copyFileSync(await clipFile(spec), join(ws.project, "clip.mp4"));
    const clips = [{ id: "clip", src: "clip.mp4", rect: [0, 0, 640, 360] }];
    writeClipPage(ws, { clips, seconds });
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file, "--debug", "--workers", "2"]);
    assertExit(end, 0);
    assertNative(end);
    const { placedAnswers } = nativeSummary(end).sourceFrames;
    // Each page learns the size of its answers by the first ones.
    assert.ok(placedAnswers > 15, `${placedAnswers} answers were put into memory`);
    assert.deepEqual(
      framesShown(file, clips)[0],
      Array.from({ length: 30 }, (_, frame) => `1:${frame}`),
    );
    await assertClean(ws);
  });

  test("the page's own video element does not download its file", async (t) => {
    const ws = workspace(t);
    const seconds = 60;
    const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds };
    copyFileSync(await clipFile(spec), join(ws.project, "clip.mp4"));
    const clips = [{ id: "clip", src: "clip.mp4", rect: [0, 0, 320, 180] }];
    const { body, script } = numberField();
    writeClipPage(ws, { clips, seconds: 1, body, script: script + TELL_BUFFERED });
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file]);
    assertExit(end, 0);
    assertNative(end);
    const told = numbersTold(file);
    assert.equal(told.length, 30, "the page told what it holds on every frame");
    const most = Math.max(...told);
    assert.ok(most < seconds / 10, `the element held ${most} s of ${seconds}`);
    assert.deepEqual(
      framesShown(file, clips)[0],
      Array.from({ length: 30 }, (_, frame) => `1:${frame}`),
    );
  });
});
