/** Renders in chunks: what is joined is the whole render; plans that are not whole are refused. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean } from "./support/expect.mjs";
import { timed, video } from "./support/html.mjs";
import { survivors } from "./support/processes.mjs";
import { writeProject } from "./support/project.mjs";
import { start } from "./support/run.mjs";
import { makeSound } from "./support/sound.mjs";
import { workspace } from "./support/workspace.mjs";

const CHILD = fileURLToPath(new URL("support/chunks-child.mjs", import.meta.url));
/** One second in two chunks. */
const CONFIG = { fps: 24, width: 320, height: 180, chunkSize: 14, quality: "draft" };

/** Renders the workspace's project in chunks. */
async function inChunks(ws, { config, ...request }) {
  const all = { project: ws.project, out: ws.out, config: { ...CONFIG, ...config }, ...request };
  const args = [CHILD, JSON.stringify(all)];
  const end = await start(process.execPath, args, { cwd: ws.dir, env: ws.env() }).done;
  assert.equal(end.code, 0, end.text);
  const answer = JSON.parse(end.stdout.trim().split("\n").at(-1));
  assert.deepEqual([answer.chunkCount, answer.totalFrames], [2, 24]);
  const counts = answer.chunks.map(({ framesEncoded }) => framesEncoded);
  assert.deepEqual(counts, [14, 10]);
  assert.equal(answer.again, answer.chunks[1].sha256, "a chunk rendered again is the same");
  assert.deepEqual(await survivors(ws.dir, 4000), []);
  dropFrameCache(ws);
  return answer;
}

/** Removes what upstream's planning keeps of clips for later plans. */
function dropFrameCache(ws) {
  const tmp = join(ws.dir, "tmp");
  const kept = readdirSync(tmp).filter((name) => name.startsWith("hyperframes-extract-cache-"));
  for (const name of kept) rmSync(join(tmp, name), { recursive: true });
}

/** Decoded frames of a stream of a file, one digest each. */
const framesOf = (file, stream) =>
  execFileSync(
    "ffmpeg",
    ["-v", "error", "-i", file, "-map", `0:${stream}`, "-f", "framemd5", "-"],
    {
      encoding: "utf8",
    },
  )
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

const pixels = (file) =>
  execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgba", "-"], {
    maxBuffer: 1 << 26,
  });

async function writeClipProject(ws) {
  const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds: 2 };
  copyFileSync(await clipFile(spec), join(ws.project, "clip.mp4"));
  makeSound(join(ws.project, "tone.wav"), "sine=frequency=440:duration=1");
  const body = [
    video("v", "clip.mp4", { style: "width: 160px; height: 90px", ...timed(0.9, 0) }),
    `<audio id="tone" src="tone.wav" data-start="0" data-duration="1" data-track-index="1"></audio>`,
  ].join("\n");
  writeProject(ws, { seconds: 1, body });
}

test("pictures of chunks are those of the whole render, to the pixel", async (t) => {
  const ws = workspace(t);
  await writeClipProject(ws);
  const whole = join(ws.out, "whole");
  const answer = await inChunks(ws, { config: { format: "png-sequence" }, whole, v2: true });
  assert.equal(answer.engine, "native");
  const joined = join(ws.out, "joined");
  const names = readdirSync(joined).filter((name) => name.endsWith(".png"));
  assert.equal(names.length, 24);
  for (const name of names) {
    assert.ok(pixels(join(joined, name)).equals(pixels(join(whole, name))), name);
  }
  await assertClean(ws);
});

test("a film of chunks has every frame, its sound, and key frames where they meet", async (t) => {
  const ws = workspace(t);
  await writeClipProject(ws);
  const whole = join(ws.out, "whole.mp4");
  // Encoded without loss: what differs would differ in what was captured.
  const config = { format: "mp4", crf: 0 };
  const answer = await inChunks(ws, { config, whole, errors: true });
  assert.equal(answer.engine, "native");
  const joined = join(ws.out, "joined.mp4");
  for (const chunk of answer.chunks) {
    assert.deepEqual([chunk.outputKind, chunk.captureMode], ["file", "beginframe"]);
    assert.ok(existsSync(chunk.perfPath));
  }
  const packets = (file, stream, entries) =>
    execFileSync(
      "ffprobe",
      ["-v", "error", "-select_streams", stream, "-show_entries", entries, "-of", "csv=p=0", file],
      { encoding: "utf8" },
    )
      .trim()
      .split("\n");
  const keys = packets(joined, "v", "packet=flags").flatMap((flags, at) =>
    flags.startsWith("K") ? [at] : [],
  );
  assert.deepEqual(keys, [0, 14]);
  for (const stream of ["v", "a"]) {
    const times = (file) => packets(file, stream, "packet=pts,dts,duration");
    assert.deepEqual(times(joined), times(whole), stream);
    const facts = (file) =>
      packets(file, stream, "stream=time_base,duration,avg_frame_rate,profile");
    assert.deepEqual(facts(joined), facts(whole), stream);
    assert.deepEqual(framesOf(joined, stream), framesOf(whole, stream), stream);
  }
  assert.equal(framesOf(joined, "v").length, 24);
  const { only, off } = answer.errors;
  assert.deepEqual(only, off, "the HyperFrames engine's codes");
  const codes = Object.fromEntries(Object.entries(only).map(([what, [code]]) => [what, code]));
  assert.deepEqual(codes, {
    index: "CHUNK_INDEX_OUT_OF_RANGE",
    negative: "CHUNK_INDEX_OUT_OF_RANGE",
    encoder: "MISSING_PLAN_ARTIFACT",
    plan: "MISSING_PLAN_ARTIFACT",
    compiled: "MISSING_PLAN_ARTIFACT",
    changed: "PLAN_HASH_MISMATCH",
  });
  await assertClean(ws);
});
