/** Names that tools would take for patterns, protocols, options or formats. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertClean } from "./support/expect.mjs";
import { video } from "./support/html.mjs";
import { writeProject } from "./support/project.mjs";
import { facade } from "./support/run.mjs";
import { near, pixelOverTime } from "./support/scenes.mjs";
import { probe } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const ODD = `-%05d: "it's" 100% #1 ü [a]`;
const GREEN = [32, 176, 64];
const FRAMES = 6;

/** Makes the workspace's project a folder with an odd name and odd files. */
function oddProject(ws) {
  const project = join(ws.dir, ODD);
  renameSync(ws.project, project);
  const lavfi = `color=0x20b040:s=64x64:r=30:d=1`;
  const make = (file, ...args) =>
    execFileSync("ffmpeg", [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      lavfi,
      ...args,
      join(project, file),
    ]);
  make("clip%d.mp4", "-pix_fmt", "yuv420p");
  // Under a name that is no pattern, because ffmpeg would fill it in.
  make("picture.png", "-frames:v", "1");
  renameSync(join(project, "picture.png"), join(project, "picture%d.png"));
  const place = (left) => `position: absolute; top: 0; left: ${left}px; width: 64px; height: 64px`;
  writeProject(
    { ...ws, project },
    {
      seconds: FRAMES / 30,
      body: `<img src="picture%25d.png" alt="" style="${place(0)}">
        ${video("clip", "clip%25d.mp4", { style: place(100), "data-start": 0, "data-duration": FRAMES / 30 })}`,
    },
  );
  return project;
}

describe("odd names", { concurrency: 2 }, () => {
  for (const [format, codec] of [
    ["mp4", "h264"],
    ["webm", "vp9"],
    ["mov", "prores"],
    ["gif", "gif"],
    ["png-sequence", "png"],
  ]) {
    test(`${format}: project, files and output`, async (t) => {
      const ws = workspace(t);
      const projectDir = oddProject(ws);
      const folder = join(ws.out, ODD);
      mkdirSync(folder);
      // Without an extension: the format is what was asked for.
      const outputPath = join(folder, ODD);
      const options = { projectDir, outputPath, format, quality: "draft" };
      const { result, error } = await facade(ws, { options });
      assert.ok(result, error?.message);
      assert.equal(result.totalFrames, FRAMES);
      assert.deepEqual(readdirSync(folder), [ODD]);
      let file = outputPath;
      if (format === "png-sequence") {
        const names = readdirSync(outputPath);
        assert.equal(names.length, FRAMES);
        file = join(ws.out, "last.png");
        renameSync(join(outputPath, names.sort().at(-1)), file);
      }
      // The tool that looks at it is not what is tested.
      const plain = format === "png-sequence" ? file : join(ws.out, `film.${format}`);
      if (plain !== file) renameSync(file, plain);
      assert.equal(probe(plain).codec, codec);
      for (const x of [32, 132]) {
        const colour = pixelOverTime(plain, x, 32).at(-1);
        assert.ok(near(colour, GREEN, 16), `${x}: ${colour}`);
      }
      await assertClean(ws);
    });
  }

  test("an extension of another format does not decide", async (t) => {
    const ws = workspace(t);
    writeProject(ws, { seconds: 0.1 });
    const outputPath = join(ws.out, "film%03d.png");
    const { result, error } = await facade(ws, { options: { projectDir: ws.project, outputPath } });
    assert.ok(result, error?.message);
    assert.deepEqual(readdirSync(ws.out), ["film%03d.png"]);
    const plain = join(ws.out, "film.mp4");
    renameSync(outputPath, plain);
    assert.equal(probe(plain).codec, "h264");
  });

  test("a name as long as a name may be", async (t) => {
    const ws = workspace(t);
    writeProject(ws, { seconds: 0.1 });
    const outputPath = join(ws.out, `${"n".repeat(251)}.mp4`);
    const { result, error } = await facade(ws, { options: { projectDir: ws.project, outputPath } });
    assert.ok(result, error?.message);
    assert.ok(existsSync(outputPath));
    await assertClean(ws);
  });

  test("a pipe is no output", async (t) => {
    const ws = workspace(t);
    writeProject(ws, { seconds: 0.1 });
    const outputPath = join(ws.out, "pipe.mp4");
    execFileSync("mkfifo", [outputPath]);
    const { error } = await facade(ws, { options: { projectDir: ws.project, outputPath } });
    assert.equal(error?.code, "HF_NATIVE_OUTPUT");
    assert.match(error.message, /pipe\.mp4 is a device, a pipe or a socket/);
    await assertClean(ws);
  });
});

test("a film of decades is refused at once", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: 999_999_999 });
  const outputPath = join(ws.out, "o.mp4");
  const { error } = await facade(ws, { options: { projectDir: ws.project, outputPath } });
  assert.equal(error?.code, "HF_NATIVE_TOO_LONG");
  assert.match(error.message, /999999999 s.*data-duration/);
  writeFileSync(join(ws.project, "index.html"), "");
  await assertClean(ws);
});
