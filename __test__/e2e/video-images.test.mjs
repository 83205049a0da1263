/** Animated pictures that are not made into clips run on the browser's clock, at their own rate. */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { element } from "./support/html.mjs";
import { cli } from "./support/run.mjs";
import { framesShown, writeClipPage } from "./support/source-frames.mjs";
import { workspace } from "./support/workspace.mjs";

const RATE = 20;
const FRAMES = 30;
/** Loading advances the clock before the first frame. */
const MOST_AHEAD = RATE * 5;
/** The browser catches up within these first frames. */
const SETTLED = 4;
const BOXES = { webp: [0, 0, 320, 180], apng: [320, 0, 320, 180] };

test("animated WebP and APNG advance with the film", async (t) => {
  const ws = workspace(t);
  const spec = { size: "320x180", fps: `${RATE}`, seconds: 10 };
  const files = { webp: "a.webp", apng: "b.png" };
  for (const [codec, file] of Object.entries(files)) {
    copyFileSync(await clipFile({ ...spec, file, codec, clip: 1 }), join(ws.project, file));
  }
  const style = ([x, y]) => `position: absolute; left: ${x}px; top: ${y}px`;
  const images = Object.entries(files).map(([codec, src]) =>
    element("img", { src, alt: "", style: style(BOXES[codec]) }),
  );
  // A browser that has nothing to draw may leave animations where they are.
  const mover =
    '<div style="position: absolute; top: 300px; width: 40px; height: 40px; background: #f80; ' +
    'animation: move 1s linear both"></div><style>@keyframes move { to { transform: translateX(600px) } }</style>';
  writeClipPage(ws, { clips: [], seconds: FRAMES / 30, body: images.join("") + mover });
  const file = join(ws.out, "o.mp4");
  const end = await cli(ws, ["render", ws.project, "-o", file]);
  assertExit(end, 0);
  assertNative(end);
  const shown = framesShown(
    file,
    Object.values(BOXES).map((rect) => ({ rect })),
  );
  Object.keys(BOXES).forEach((name, i) => {
    const frames = shown[i].map((code) => Number(code?.split(":")[1]));
    assert.equal(frames.length, FRAMES);
    for (let n = SETTLED; n < FRAMES; n++) {
      const passed = frames[n] - frames[SETTLED];
      const due = ((n - SETTLED) * RATE) / 30;
      assert.ok(Math.abs(passed - due) <= 1, `${name}, output frame ${n}: ${frames}`);
    }
    assert.ok(frames[0] >= 0 && frames[0] <= MOST_AHEAD, `${name} begins with ${frames[0]}`);
  });
  await assertClean(ws);
});
