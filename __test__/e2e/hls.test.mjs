/** HLS: what both engines make of the same page; folders with odd names; what is refused. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { factsOf } from "../conformance/formats/facts.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { writeProject } from "./support/project.mjs";
import { cli, facade } from "./support/run.mjs";
import { makeSound } from "./support/sound.mjs";
import { workspace } from "./support/workspace.mjs";

test("an HLS folder with sound is upstream's: playlists, segments, streams and packets", async (t) => {
  const ws = workspace(t);
  makeSound(join(ws.project, "tone.wav"), "sine=frequency=440:duration=3");
  const body = `<audio id="tone" src="tone.wav" data-start="0" data-duration="2.2"
    data-track-index="1"></audio>`;
  const size = [161, 91];
  writeProject(ws, { seconds: 2.2, size, body });
  const flags = ["--format", "hls", "--hls-segment-seconds", "1", "--fps", "30000/1001"];
  const [ours, theirs] = ["ours", "theirs"].map((name) => join(ws.out, name));
  const render = (folder, by) =>
    cli(ws, ["render", ws.project, "-o", folder, "-q", "draft", ...flags], { by });
  const [end, upstream] = await Promise.all([render(ours, "wrapper"), render(theirs, "upstream")]);
  for (const each of [end, upstream]) assertExit(each, 0);
  assertNative(end);
  assert.match(end.stdout, /HLS: 1s segments/, "the CLI's own summary");
  const cell = { format: "hls", size };
  const facts = factsOf(ours, cell);
  assert.deepEqual(facts, factsOf(theirs, cell));
  const segments = ["00000", "00001", "00002"];
  assert.deepEqual(facts.names, [
    "audio.m3u8",
    ...segments.map((number) => `audio_${number}.ts`),
    "master.m3u8",
    "video.m3u8",
    ...segments.map((number) => `video_${number}.ts`),
  ]);
  const keys = [...facts.played["video.m3u8"].types.matchAll(/I/g)].map(({ index }) => index);
  assert.deepEqual(keys, [0, 30, 60], "a key frame at the beginning of each segment, no others");
  await assertClean(ws);
});

test("an HLS folder by renderJob, in the place of a folder, below one with a pattern's sign", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const folder = join(ws.out, "100%d %v", "stream");
  mkdirSync(join(folder, "old"), { recursive: true });
  const options = { projectDir: ws.project, outputPath: folder, format: "hls", quality: "draft" };
  const { result, error } = await facade(ws, { options });
  assert.equal(error, undefined);
  assert.deepEqual([result.engine, result.totalFrames], ["native", 15]);
  assert.deepEqual(readdirSync(folder).sort(), ["master.m3u8", "video.m3u8", "video_00000.ts"]);
  assert.match(readFileSync(join(folder, "video.m3u8"), "utf8"), /^video_00000\.ts$/m);
  const refused = await facade(ws, { options: { ...options, hdrMode: "force-hdr" } });
  assert.equal(refused.error.code, "HF_NATIVE_INVALID_OPTION");
  assert.match(refused.error.message, /^hdrMode must be auto or force-sdr with the format hls/);
  assert.ok(readdirSync(folder).includes("master.m3u8"), "what is there is left alone");
  await assertClean(ws);
});
