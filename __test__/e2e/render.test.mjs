/** The ways in which users start a render, each to a finished, checked file. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { writeProject } from "./support/project.mjs";
import { cli, facade } from "./support/run.mjs";
import { assertVideo, pixel } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const { hyperframes } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).devDependencies;
/** One file instead of chunks, and no AbortSignal from the CLI. */
const OLD_CLI = "0.8.34";

/** Renders the usual composition by the CLI and checks what has to hold for every render. */
async function render(t, { flags = [], frames = 15, rate, seconds = 0.5, ...options }) {
  const ws = workspace(t);
  writeProject(ws, { seconds });
  const file = join(ws.out, "o.mp4");
  const end = await cli(ws, ["render", ws.project, "-o", file, ...flags], options);
  assertExit(end, 0);
  assertNative(end);
  assertVideo(file, { frames, rate, version: options.version ?? hyperframes });
  await assertClean(ws);
  return { ws, end, file };
}

test("the wrapper renders through the unmodified CLI", async (t) => {
  const { end, file } = await render(t, {});
  assert.doesNotMatch(end.stderr, /has no effect/);
  assert.match(end.stdout, /@hf-progress \{"code":"capture","done":15,"total":15,/);
  assert.match(end.stdout, /100% {2}Render complete/);
  assert.match(end.stderr, /\[Native\] plan .*"mode":"beginframe"/);
  assert.deepEqual(
    pixel(file, 20, 90).map((value) => Math.round(value / 32)),
    [8, 4, 0],
    "the box is where the first frame has it",
  );
});

test("the load hook in NODE_OPTIONS renders through the unmodified CLI", async (t) => {
  await render(t, { by: "register" });
});

test(`a CLI before 0.8.78 (${OLD_CLI}), by wrapper`, { timeout: 700_000 }, async (t) => {
  await render(t, { version: OLD_CLI });
});

test(`a CLI before 0.8.78 (${OLD_CLI}), by load hook`, { timeout: 700_000 }, async (t) => {
  await render(t, { version: OLD_CLI, by: "register" });
});

test("-q draft reaches the encoder, and options without effect are named once", async (t) => {
  const { file, end } = await render(t, {
    flags: ["-q", "draft", "--video-frame-format", "png", "--frames-cache-dir", "none"],
    env: { HF_STATIC_DEDUP: "false" },
  });
  assert.deepEqual(
    [...end.stderr.matchAll(/\[Render\] (\w+).* has no effect here: /g)].map((m) => m[1]).sort(),
    ["extractCacheDir", "staticFrameDedup", "videoFrameFormat"],
  );
  const text = readFileSync(file, "latin1");
  assert.match(text, /crf=28\.0/);
  assert.match(text, /subme=0/, "preset ultrafast");
});

test("--fps 60 doubles the frames", async (t) => {
  await render(t, { flags: ["--fps", "60"], frames: 30, rate: "60/1" });
});

test("--fps 30000/1001 stays exact", async (t) => {
  await render(t, { flags: ["--fps", "30000/1001"], frames: 15, rate: "30000/1001" });
});

test("--workers 3 uses three browsers", async (t) => {
  const { end } = await render(t, { flags: ["--workers", "3"], seconds: 1, frames: 30 });
  assert.match(end.stderr, /"boundBy":"explicit"[^}]*"workers":3/);
  assert.match(end.stdout, /Starting browsers \(3\/3 ready\)/);
  assert.match(end.stdout, /Streaming frame 30\/30 \(3 workers\)/);
});

test("--variables reach the page", async (t) => {
  const ws = workspace(t);
  writeProject(ws, VARIABLE_PAGE);
  const file = join(ws.out, "o.mp4");
  const variables = JSON.stringify({ colour: "#00ff00" });
  const flags = ["-o", file, "--variables", variables];
  const end = await cli(ws, ["render", ws.project, ...flags]);
  assertExit(end, 0);
  assertNative(end);
  assertVideo(file, { frames: 15 });
  assert.ok(isGreen(pixel(file, 300, 20)), "the root has the colour of the variable");
});

test("--batch with two rows at once gives each row its own video", async (t) => {
  const ws = workspace(t);
  writeProject(ws, VARIABLE_PAGE);
  const rows = [
    { name: "one", colour: "#00ff00" },
    { name: "two", colour: "#ff0000" },
  ];
  writeFileSync(join(ws.dir, "rows.json"), JSON.stringify(rows));
  const batch = ["--batch", join(ws.dir, "rows.json"), "--batch-concurrency", "2"];
  const end = await cli(ws, ["render", ws.project, ...batch, "-o", join(ws.out, "{name}.mp4")]);
  assertExit(end, 0);
  assertNative(end, 2);
  const videos = readdirSync(ws.out).filter((name) => name.endsWith(".mp4"));
  assert.deepEqual(videos.sort(), ["one.mp4", "two.mp4"]);
  for (const name of videos) assertVideo(join(ws.out, name), { frames: 15 });
  assert.ok(isGreen(pixel(join(ws.out, "one.mp4"), 300, 20)));
  const [red, green] = pixel(join(ws.out, "two.mp4"), 300, 20);
  assert.ok(red > 200 && green < 60, "the second row has its own colour");
  await assertClean(ws);
});

test("a render replaces an existing file, and makes the folder of a new one", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const existing = join(ws.out, "o.mp4");
  writeFileSync(existing, "old");
  const nested = join(ws.out, "not", "yet", "o.mp4");
  for (const file of [existing, nested]) {
    const end = await cli(ws, ["render", ws.project, "-o", file]);
    assertExit(end, 0);
    assertVideo(file, { frames: 15 });
  }
  await assertClean(ws);
});

test("renderJob says what it did", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const file = join(ws.out, "o.mp4");
  const options = { projectDir: ws.project, outputPath: file, fps: 25, quality: "draft" };
  const { result, error } = await facade(ws, { options });
  assert.equal(error, undefined);
  const video = assertVideo(file, { frames: 13, rate: "25/1" });
  assert.ok(Math.abs(video.seconds - 0.52) < 0.01);
  assert.deepEqual(
    [result.engine, result.outcome, result.outputPath, result.totalFrames],
    ["native", "completed", file, 13],
  );
  assert.deepEqual(result.warnings, []);
  assert.equal(result.outputBytes, readFileSync(file).length);
  assert.equal(result.perfSummary.native.mode, "beginframe");
  assert.ok(result.perfSummary.native.msPerFrame.capture > 0);
  assert.equal(result.plan.sizing.boundBy, "too_few_frames");
  await assertClean(ws);
});

/** A page whose root is filled with the variable `colour`. */
const VARIABLE_PAGE = {
  html: `data-composition-variables='[{"id":"colour","type":"string","label":"Colour","default":"#0000ff"},{"id":"name","type":"string","label":"Name","default":"none"}]'`,
  after: `<script>
      const { colour } = window.__hyperframes.getVariables();
      document.getElementById("root").style.background = colour;
    </script>`,
};

function isGreen([red, green, blue]) {
  return green > 200 && red < 60 && blue < 60;
}
