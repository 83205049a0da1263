import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { probe } from "../../../__test__/conformance/compare.mjs";
import { runFfmpeg } from "../ffmpeg.mjs";
import { SETS } from "./media.mjs";
import { clipArgs, joinArgs, sequencesOfThree } from "./media-recipes.mjs";

const font = "@fontsource/inter/files/inter-latin-400-normal.woff";
const fonts = path.dirname(createRequire(import.meta.url).resolve(font));
const SMALL = { width: 192, height: 108, seconds: 0.4, rate: ["-crf", "20"], preset: "superfast" };

async function inFolder(work) {
  const dir = await mkdtemp(path.join(os.tmpdir(), "hf-media-"));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test("a clip has its frames, its colour tags and the same bytes each time", async () => {
  await inFolder(async (dir) => {
    for (const kind of ["card", "zoom", "film"]) {
      const [one, two] = ["one", "two"].map((name) => path.join(dir, `${kind}-${name}.mp4`));
      for (const file of [one, two]) {
        await runFfmpeg(clipArgs({ ...SMALL, kind, seed: 1 }, file), { cwd: fonts });
      }
      const { frames, width, height, streams } = await probe(one);
      assert.deepEqual([frames, width, height, streams.length], [12, 192, 108, 1]);
      assert.equal(streams[0].color_space, "bt709");
      assert.equal(streams[0].r_frame_rate, "30/1");
      assert.ok((await readFile(one)).equals(await readFile(two)), `${kind} differs`);
    }
  });
});

test("a PQ clip says so, and has the same bytes each time", async () => {
  await inFolder(async (dir) => {
    const [one, two] = ["one.mp4", "two.mp4"].map((name) => path.join(dir, name));
    for (const file of [one, two]) {
      await runFfmpeg(clipArgs({ ...SMALL, kind: "film", seed: 1, curve: "pq" }, file));
    }
    const { frames, streams } = await probe(one);
    const { codec_tag_string, pix_fmt, color_space, color_transfer, color_primaries } = streams[0];
    assert.equal(frames, 12);
    assert.deepEqual([codec_tag_string, pix_fmt], ["hvc1", "yuv420p10le"]);
    assert.deepEqual(
      [color_space, color_transfer, color_primaries],
      ["bt2020nc", "smpte2084", "bt2020"],
    );
    assert.ok((await readFile(one)).equals(await readFile(two)));
  });
});

test("joined clips have all frames at their times", async () => {
  await inFolder(async (dir) => {
    const part = path.join(dir, "part.mp4");
    await runFfmpeg(clipArgs({ ...SMALL, kind: "film", seed: 2 }, part), { cwd: fonts });
    const list = path.join(dir, "list.txt");
    await writeFile(list, `ffconcat version 1.0\n${`file '${part}'\n`.repeat(3)}`);
    const joined = path.join(dir, "joined.mp4");
    await runFfmpeg(joinArgs(list, joined));
    const { frames, duration, streams } = await probe(joined);
    assert.deepEqual([frames, streams[0].avg_frame_rate], [36, "30/1"]);
    assert.ok(Math.abs(duration - 1.2) < 0.001, `${duration} s`);
  });
});

test("an unknown kind of clip is refused", () => {
  assert.throws(() => clipArgs({ ...SMALL, kind: "noise", seed: 1 }, "x"), /"noise"; use card/);
});

test("sequences are distinct, and never more than there are", () => {
  const sequences = sequencesOfThree(5, 30);
  assert.equal(new Set(sequences.map(String)).size, 30);
  for (const [index, sequence] of sequences.entries()) {
    assert.equal(new Set(sequence).size, 3);
    assert.notEqual(sequence[0], sequences[index - 1]?.[0]);
  }
  assert.throws(() => sequencesOfThree(3, 7), /7 sequences of 3 clips; there are 6/);
});

test("sets are joined from parts that exist", () => {
  for (const { from, joined } of Object.values(SETS).filter((set) => set.joined)) {
    const parts = SETS[from].clips.length;
    assert.ok(joined.flat().every((part) => part >= 0 && part < parts));
  }
  assert.deepEqual([SETS.small.joined.length, SETS.large.joined.length], [30, 30]);
});
