/** Every format with transparency, compared with what upstream makes of the same page. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apart, decode, describe, loopsOf } from "./support/alpha.mjs";
import {
  assertClean,
  assertExit,
  assertNative,
  assertUntouched,
  putExisting,
} from "./support/expect.mjs";
import { page, writeTransparentProject } from "./support/project.mjs";
import { cli, facade } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const FRAMES = 20;
const FRAME_BYTES = 320 * 180 * 4;
/** A corner that nothing comes near, and the middle of the box in the first frame. */
const [CLEAR, SOLID] = [319 * 4, (90 * 320 + 20) * 4];

/** Renders the transparent page by both engines; gives the two paths. */
async function renderBoth(t, name, flags, prepare = () => {}) {
  const ws = workspace(t);
  writeTransparentProject(ws);
  const [ours, theirs] = ["ours", "theirs"].map((side) => {
    mkdirSync(join(ws.out, side));
    return join(ws.out, side, name);
  });
  prepare(ours);
  prepare(theirs);
  const render = (file, by) =>
    cli(ws, ["render", ws.project, "-o", file, "--fps", "25", ...flags], { by });
  const [end, upstream] = await Promise.all([render(ours, "wrapper"), render(theirs, "upstream")]);
  for (const each of [end, upstream]) assertExit(each, 0);
  assertNative(end);
  assert.doesNotMatch(upstream.text, /\[Native\]/);
  await assertClean(ws);
  return { ws, end, ours, theirs };
}

/** Asserts that both sides have the same pictures, `within` that mean difference. */
function assertAlike(ours, theirs, within) {
  const [mine, other] = [decode(ours), decode(theirs)];
  assert.equal(mine.length, FRAMES * FRAME_BYTES);
  assert.deepEqual([mine[CLEAR + 3], mine[SOLID + 3]], [0, 255], "transparency");
  const { mean } = apart(mine, other);
  assert.ok(mean < within, `colours are ${mean} apart`);
}

for (const { format, flags = [], codec, pixels, colors } of [
  { format: "webm", codec: "vp9", pixels: "yuv420p", colors: ["tv", undefined] },
  {
    format: "webm",
    flags: ["-q", "draft", "--crf", "40"],
    codec: "vp9",
    pixels: "yuv420p",
    colors: ["tv", undefined],
  },
  { format: "mov", codec: "prores", pixels: "yuva444p12le", colors: ["tv", "bt709"] },
]) {
  test([format, ...flags].join(" "), async (t) => {
    const { ours, theirs } = await renderBoth(t, `o.${format}`, ["--format", format, ...flags]);
    const [mine, other] = [describe(ours), describe(theirs)];
    assert.deepEqual(mine, other);
    const [stream] = mine.streams;
    assert.equal(mine.streams.length, 1);
    assert.deepEqual(
      [stream.codec_name, stream.pix_fmt, Number(stream.nb_read_frames), stream.r_frame_rate],
      [codec, pixels, FRAMES, "25/1"],
    );
    assert.deepEqual([stream.color_range, stream.color_space], colors);
    if (format === "webm") assert.equal(stream.tags.ALPHA_MODE, "1");
    assertAlike(ours, theirs, 0.25);
  });
}

test("gif", async (t) => {
  const flags = ["--format", "gif", "--gif-loop", "3"];
  const { ours, theirs } = await renderBoth(t, "o.gif", flags);
  assert.deepEqual(describe(ours), describe(theirs));
  assert.deepEqual([loopsOf(ours), loopsOf(theirs)], [3, 3]);
  assertAlike(ours, theirs, 0.25);
});

test("png-sequence, in place of a folder that is there", async (t) => {
  const stale = (folder) => {
    mkdirSync(join(folder, "deep"), { recursive: true });
    writeFileSync(join(folder, "frame_000099.png"), "of an earlier render");
  };
  const { end, ours, theirs } = await renderBoth(t, "frames", ["--format", "png-sequence"], stale);
  const names = readdirSync(ours);
  assert.deepEqual(names, readdirSync(theirs));
  assert.deepEqual(
    [names.length, names[0], names.at(-1)],
    [FRAMES, "frame_000001.png", "frame_000020.png"],
  );
  assert.match(end.stdout, /20 frames/, "the CLI's own summary");
  const [mine, other] = [ours, theirs].map((folder) => decode(join(folder, "frame_%06d.png")));
  assert.deepEqual([mine[CLEAR + 3], mine[SOLID + 3]], [0, 255]);
  const { alpha, color } = apart(mine, other);
  assert.ok(alpha <= 1 && color <= 1, `alpha ${alpha}, colours ${color} apart`);
});

test("png-sequence by renderJob; a file in its place is left alone", async (t) => {
  const ws = workspace(t);
  writeTransparentProject(ws);
  const folder = join(ws.out, "new", "frames");
  const file = join(ws.out, "file");
  putExisting(file);
  const options = { projectDir: ws.project, format: "png-sequence", fps: 25 };
  const { result, error } = await facade(ws, { options: { ...options, outputPath: folder } });
  assert.equal(error, undefined);
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  assert.deepEqual(
    [result.engine, result.outputPath, result.totalFrames, result.outputBytes],
    ["native", folder, FRAMES, sizes.reduce((a, b) => a + b)],
  );
  const refused = await facade(ws, { options: { ...options, outputPath: file } });
  assert.equal(refused.error.code, "HF_NATIVE_OUTPUT");
  assert.match(refused.error.message, /file is a file; png-sequence needs a folder/);
  assertUntouched(file);
  await assertClean(ws);
});

test("a render that fails leaves the folder as it was", async (t) => {
  const ws = workspace(t);
  writeFileSync(join(ws.project, "index.html"), page({ seconds: 0 }));
  const folder = join(ws.out, "frames");
  mkdirSync(folder);
  putExisting(join(folder, "frame_000001.png"));
  const env = { PRODUCER_PLAYER_READY_TIMEOUT_MS: "2000" };
  const flags = ["-o", folder, "--format", "png-sequence"];
  const end = await cli(ws, ["render", ws.project, ...flags], { env });
  assertExit(end, 1);
  assert.match(end.stderr, /duration/);
  assert.deepEqual(readdirSync(folder), ["frame_000001.png"]);
  assertUntouched(join(folder, "frame_000001.png"));
  await assertClean(ws);
});
