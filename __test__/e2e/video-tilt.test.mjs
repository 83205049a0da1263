/** What is tilted above a clip keeps its edges, whenever it gets its tilt. */
import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { cli } from "./support/run.mjs";
import { writeClipPage } from "./support/source-frames.mjs";
import { workspace } from "./support/workspace.mjs";

const FRAMES = 12;
const CLIP = { id: "a", src: "a.mp4", rect: [0, 0, 640, 360] };
const STYLE = `<style>
  #label { position: absolute; left: 100px; top: 100px; width: 300px; height: 80px; background: #fff; }
  .tilted { transform: rotate(7deg); }
</style>`;

/** The last picture of a page whose label is `tilted` from the start, or by a script. */
async function lastPicture(t, label, script = "") {
  const ws = workspace(t);
  const spec = { file: "a.mp4", clip: 1, size: "640x360", fps: "30", seconds: 0.5 };
  copyFileSync(await clipFile(spec), join(ws.project, "a.mp4"));
  writeClipPage(ws, { clips: [CLIP], seconds: FRAMES / 30, body: STYLE + label, script });
  const file = join(ws.out, "o");
  const end = await cli(ws, ["render", ws.project, "-o", file, "--format", "png-sequence"]);
  assertExit(end, 0);
  assertNative(end);
  await assertClean(ws);
  return readFileSync(join(file, `frame_${String(FRAMES).padStart(6, "0")}.png`));
}

test("tilted by a class that comes late, by itself or with its element", async (t) => {
  const from = await lastPicture(t, '<div id="label" class="tilted"></div>');
  const late = (code) =>
    `window.addEventListener("hf-seek", ({ detail }) => { if (detail.time > 0.2) { ${code} } });`;
  const byClass = late('document.getElementById("label").className = "tilted";');
  const byClassAbove = late('document.getElementById("around").className = "tilts";');
  const added = late(
    'if (!document.getElementById("label")) document.getElementById("root").insertAdjacentHTML("beforeend", \'<div id="label" class="tilted"></div>\');',
  );
  const plain = '<div id="label"></div>';
  assert.ok(from.equals(await lastPicture(t, plain, byClass)), "by its class");
  assert.ok(from.equals(await lastPicture(t, "", added)), "with its element");
  const nested = `<style>.tilts #label { transform: rotate(7deg); }</style><div id="around">${plain}</div>`;
  assert.ok(
    from.equals(await lastPicture(t, nested, byClassAbove)),
    "by the class of one around it",
  );
});
