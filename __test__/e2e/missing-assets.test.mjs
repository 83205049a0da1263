/** What a page refers to and nobody has: the render goes on, and says what it missed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { badInput } from "./support/bad-input.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { writeProject } from "./support/project.mjs";
import { cli, facade } from "./support/run.mjs";
import { assertVideo } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const IMAGE = { body: '<img src="gone.png" alt="">' };
const ASSETS = {
  image: { page: IMAGE, says: /\[media_load_failed\] .*gone\.png/ },
  "background image": {
    page: { head: "<style>#root { background-image: url(gone.png); }</style>" },
    says: /404 Not Found: \/gone\.png/,
  },
  script: {
    page: { head: '<script src="gone.js"></script>' },
    says: /404 Not Found: \/gone\.js/,
  },
  font: {
    page: {
      head: "<style>@font-face { font-family: Gone; src: url(gone.woff2); }</style>",
      body: '<p style="font-family: Gone">text</p>',
    },
    says: /gone\.woff2/,
  },
  "style sheet": {
    page: { head: '<link rel="stylesheet" href="gone.css">' },
    says: /404 Not Found: \/gone\.css/,
  },
};

// Mostly waiting, so two at a time.
describe("missing assets", { concurrency: 2 }, () => {
  for (const [name, asset] of Object.entries(ASSETS)) {
    test(`missing ${name}: a warning`, async (t) => {
      const ws = workspace(t);
      writeProject(ws, asset.page);
      const file = join(ws.out, "o.mp4");
      const end = await cli(ws, ["render", ws.project, "-o", file]);
      assertExit(end, 0);
      assertNative(end);
      assert.match(end.text, asset.says);
      assertVideo(file, { frames: 15 });
      await assertClean(ws);
    });
  }

  test("missing image: renderJob tells it in the result", async (t) => {
    const ws = workspace(t);
    writeProject(ws, IMAGE);
    const outputPath = join(ws.out, "o.mp4");
    const { result } = await facade(ws, { options: { projectDir: ws.project, outputPath } });
    assert.equal(result.outcome, "completed_with_warnings");
    assert.deepEqual(
      result.warnings.map(({ code, stage }) => [code, stage]),
      [["media_load_failed", "capture-readiness"]],
    );
    assert.match(result.warnings[0].message, /gone\.png/);
    assert.match(result.warnings[0].details.sources[0], /gone\.png$/);
  });

  badInput({
    title: "missing image: an error where warnings are forbidden",
    prepare: (ws) => writeProject(ws, IMAGE),
    flags: ["--no-best-effort"],
    options: { strictness: "strict" },
    message: /Render blocked by 1 correctness warning.*media_load_failed/s,
  });
});
