/**
 * What recorders write: files without a length, pictures that change their size midway, streams
 * without an index. Upstream takes the first to last no time, loses frames of the second, and shows
 * frames behind the in-point of the third.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { cli } from "./support/run.mjs";
import { framesShown, writeClipPage } from "./support/source-frames.mjs";
import { workspace } from "./support/workspace.mjs";

const FRAMES = 36;
/** In which the second source has its first size. */
const LANDSCAPE = 24;

const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-nostdin", ...args]);
const numbered = (clip, size, seconds, codec) =>
  clipFile({ file: `${clip}.mkv`, clip, size, fps: "30", seconds, codec });

test("recordings show every frame in its time and of its own shape", async (t) => {
  const ws = workspace(t);
  const at = (name) => join(ws.project, name);
  const vp8 = await numbered(1, "320x180", 2, "vp8");
  ffmpeg("-i", vp8, "-c", "copy", "-f", "webm", "-live", "1", at("live.webm"));
  const parts = [
    await numbered(2, "320x180", LANDSCAPE / 30, "vp8"),
    await numbered(3, "180x320", 1, "vp8"),
  ];
  writeFileSync(join(ws.out, "parts.txt"), parts.map((part) => `file '${part}'\n`).join(""));
  const joined = ["-f", "concat", "-safe", "0", "-i", join(ws.out, "parts.txt")];
  ffmpeg(...joined, "-c", "copy", at("turned.webm"));
  const h264 = await numbered(4, "320x180", 3, "h264");
  ffmpeg("-i", h264, "-c", "copy", "-output_ts_offset", "95442", at("wraps.ts"));

  const clips = [
    {
      id: "live",
      src: "live.webm",
      rect: [0, 0, 320, 180],
      attributes: { "data-duration": false },
    },
    { id: "turned", src: "turned.webm", rect: [320, 0, 320, 180] },
    {
      id: "wraps",
      src: "wraps.ts",
      rect: [0, 180, 320, 180],
      attributes: { "data-media-start": 1.3667 },
    },
  ];
  const contain = "<style>#turned { object-fit: contain !important }</style>";
  writeClipPage(ws, { clips, seconds: FRAMES / 30, body: contain });
  const file = join(ws.out, "o.mp4");
  const end = await cli(ws, ["render", ws.project, "-o", file, "--workers", "1"]);
  assertExit(end, 0);
  assertNative(end);

  const portrait = { rect: [320 + (320 - 101.25) / 2, 0, 101.25, 180] };
  const [live, turned, wraps, turnedLater] = framesShown(file, [...clips, portrait]);
  const numbers = (clip, from, count) =>
    Array.from({ length: count }, (_, n) => `${clip}:${from + n}`);
  assert.deepEqual(live, numbers(1, 0, FRAMES));
  assert.deepEqual(turned.slice(0, LANDSCAPE), numbers(2, 0, LANDSCAPE));
  assert.deepEqual(turnedLater.slice(LANDSCAPE), numbers(3, 0, FRAMES - LANDSCAPE));
  assert.deepEqual(wraps, numbers(4, 41, FRAMES));
  await assertClean(ws);
});
