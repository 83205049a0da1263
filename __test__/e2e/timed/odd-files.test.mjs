/** Named pipes that nobody writes into, in the place of everything a composition may be made of. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertClean, assertUntouched, putExisting } from "../support/expect.mjs";
import { writeProject } from "../support/project.mjs";
import { facade } from "../support/run.mjs";
import { workspace } from "../support/workspace.mjs";

const WITHIN_MS = 15_000;
const ON = 'data-start="0" data-duration="0.5" data-track-index="1"';

const pipes = [
  { title: "a sound", file: "p.mp3", body: `<audio id="a" src="p.mp3" ${ON}></audio>` },
  { title: "a video", file: "p.mp4", body: `<video id="v" src="p.mp4" ${ON}></video>` },
  {
    title: "a video of an HDR render",
    file: "p.mp4",
    body: `<video id="v" src="p.mp4" ${ON}></video>`,
    options: { hdrMode: "force-hdr" },
  },
  { title: "an image", file: "p.png", body: `<img id="i" src="p.png" ${ON}>` },
  {
    title: "an image of a style",
    file: "p.png",
    body: `<div id="d" style="background: url(p.png)"></div>`,
  },
  {
    title: "a font",
    file: "p.woff2",
    style: "@font-face { font-family: Odd; src: url(p.woff2); } #box { font-family: Odd; }",
    body: "<p>text</p>",
  },
  {
    title: "a table of colours",
    file: "p.cube",
    body: `<img id="i" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" ${ON}
      data-color-grading='{"lut":{"src":"p.cube","intensity":1}}'>`,
  },
];

describe("named pipes", { concurrency: 3 }, () => {
  for (const { title, file, body, style = "", options } of pipes) {
    test(`${title}: one error that names it`, async (t) => {
      const ws = workspace(t);
      writeProject(ws, { body, style });
      execFileSync("mkfifo", [join(ws.project, file)]);
      const outputPath = join(ws.out, "o.mp4");
      putExisting(outputPath);
      const given = { projectDir: ws.project, outputPath, ...options };
      const { error, process: end } = await facade(ws, { options: given });
      assert.match(error?.message ?? "it rendered", new RegExp(`${file} is a named pipe`));
      assert.ok(["HF_NATIVE_VIDEO_SOURCE", "HF_NATIVE_COMPILE_DOCUMENT"].includes(error.code));
      assert.ok(!end.timedOut && end.ms < WITHIN_MS, `it took ${end.ms} ms`);
      await assertClean(ws);
      assertUntouched(outputPath);
    });
  }
});
