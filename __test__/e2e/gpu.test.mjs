/** GPU encoders, of which this machine may have none: a stand-in for ffmpeg pretends to have one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { script } from "./support/fake-tool.mjs";
import { writeProject } from "./support/project.mjs";
import { cli } from "./support/run.mjs";
import { assertVideo, probe } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const STAND_IN = fileURLToPath(new URL("support/gpu-ffmpeg.mjs", import.meta.url));
const realFfmpeg = () =>
  execFileSync("sh", ["-c", "command -v ffmpeg"], { encoding: "utf8" }).trim();

test("an encoder of NVIDIA gets upstream's arguments", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { size: [161, 91] });
  const render = async (side, by) => {
    mkdirSync(join(ws.out, side));
    const file = join(ws.out, side, "o.mp4");
    const told = join(ws.dir, `${side}.json`);
    const encode = `exec "${process.execPath}" "${STAND_IN}" "${realFfmpeg()}" "${told}" "$@"`;
    const ffmpeg = script(ws, `${side}-ffmpeg`, encode);
    const env = { HYPERFRAMES_FFMPEG_PATH: ffmpeg, HF_NATIVE_LANE: "reference" };
    const flags = ["--gpu", "-q", "draft", "--workers", "1"];
    const end = await cli(ws, ["render", ws.project, "-o", file, ...flags], { by, env });
    assertExit(end, 0);
    assert.ok(existsSync(told), `no GPU encoder was used:\n${end.text}`);
    const args = JSON.parse(readFileSync(told, "utf8"));
    // Where frames are written first.
    return { end, file, args: args.slice(0, -1) };
  };
  const [ours, theirs] = await Promise.all([
    render("ours", "wrapper"),
    render("theirs", "upstream"),
  ]);
  assertNative(ours.end);
  assert.deepEqual(
    ours.args.filter((arg) => arg !== "-hide_banner"),
    theirs.args,
  );
  assert.match(ours.args.join(" "), /-c:v h264_nvenc -preset p1 -cq 28 -bf 0 /);
  const { frames, width, height } = probe(ours.file);
  assert.deepEqual([frames, width, height], [15, 162, 92]);
  await assertClean(ws);
});

test("without a GPU the software encodes, and the log says why", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const none = script(
    ws,
    "no-gpu-ffmpeg",
    `case "$*" in
*" h264_"*) echo "no such device" >&2; exit 1;;
*) exec "${realFfmpeg()}" "$@";;
esac`,
  );
  const file = join(ws.out, "o.mp4");
  const args = ["render", ws.project, "-o", file, "--gpu", "-q", "draft"];
  const end = await cli(ws, args, { env: { HYPERFRAMES_FFMPEG_PATH: none } });
  assertExit(end, 0);
  assertNative(end);
  assert.match(
    end.text,
    /No GPU encoder of .*no-gpu-ffmpeg works, so the video is encoded in soft/,
  );
  assert.match(end.text, /: no such device/);
  assertVideo(file, { frames: 15 });
  await assertClean(ws);
});

test("an ffmpeg without x264 is named, with what helps", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const bare = script(
    ws,
    "bare-ffmpeg",
    `case "$*" in
*-encoders*) echo " V..... mpeg4";;
*libx264*) echo "Unknown encoder 'libx264'" >&2; exit 1;;
*) exec "${realFfmpeg()}" "$@";;
esac`,
  );
  const file = join(ws.out, "o.mp4");
  const args = ["render", ws.project, "-o", file];
  const end = await cli(ws, args, { env: { HYPERFRAMES_FFMPEG_PATH: bare } });
  assertExit(end, 1);
  assert.match(end.text, /bare-ffmpeg was built without the encoder libx264\. Install an ffmpeg/);
  assert.equal(existsSync(file), false);
  await assertClean(ws);
});
