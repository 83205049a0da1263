import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { checkClip } from "./media-clips.mjs";
import { codeCells, readCode, readCodeAt } from "./media-code.mjs";
import { clipFile } from "./media-files.mjs";

/** Levels of the cells for frame 1 of clip 5: n0, i2, i0, and parity of three. */
const LEVELS = [255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255, 0, 255, 255, 0];

test("a number is read, also through opacity and a filter that inverts", () => {
  assert.deepEqual(readCode(LEVELS), { clip: 5, frame: 1 });
  assert.deepEqual(readCode(LEVELS.map((level) => 90 + level * 0.2)), { clip: 5, frame: 1 });
  assert.deepEqual(readCode(LEVELS.map((level) => 255 - level)), { clip: 5, frame: 1 });
});

test("nothing is read where a cell is wrong, grey, or all are alike", () => {
  for (let cell = 8; cell < LEVELS.length; cell++) {
    const wrong = LEVELS.with(cell, 255 - LEVELS[cell]);
    assert.equal(readCode(wrong), undefined, `cell ${cell} wrong`);
    assert.equal(readCode(LEVELS.with(cell, 130)), undefined, `cell ${cell} grey`);
  }
  assert.equal(readCode(LEVELS.map(() => 120)), undefined);
});

test("the cells are in the middle of the picture, inside of what cropping to a square leaves", () => {
  const cells = codeCells({ x: 10, y: 20, width: 320, height: 180 });
  assert.equal(cells.length, 16);
  assert.equal(cells[0].x, 10 + 80);
  assert.equal(cells.at(-1).x + cells.at(-1).width, 10 + 240);
  assert.equal(cells[0].y - 20, 180 - (cells.at(-1).y + cells.at(-1).height - 20));
});

test("every frame of a made clip carries its number", async () => {
  const [width, height] = [160, 90];
  const spec = { file: "a.mp4", clip: 9, size: `${width}x${height}`, fps: "30", seconds: 1 };
  const args = ["-v", "error", "-i", await clipFile(spec), "-f", "rawvideo", "-pix_fmt", "gray"];
  const raw = execFileSync("ffmpeg", [...args, "-"], { maxBuffer: 1 << 24, timeout: 30_000 });
  const read = Array.from({ length: raw.length / (width * height) }, (_, i) => {
    const grey = raw.subarray(i * width * height);
    return readCodeAt(grey, { width, height }, { x: 0, y: 0, width, height });
  });
  assert.deepEqual(
    read,
    Array.from({ length: 30 }, (_, frame) => ({ clip: 9, frame })),
  );
});

test("a wrong field is told with its file and what it may be", () => {
  const spec = { file: "a.mp4", size: "160x90", fps: "30", seconds: 1 };
  assert.throws(() => checkClip({ ...spec, codec: "h266" }, "x.json"), /x\.json.*"codec".*h264/);
  assert.throws(() => checkClip({ ...spec, rate: 2 }, "x.json"), /unknown field "rate"/);
  assert.throws(() => checkClip({ ...spec, fps: undefined }, "x.json"), /needs "fps"/);
  assert.throws(() => checkClip({ ...spec, alpha: true }, "x.json"), /"alpha".*vp9/);
});
