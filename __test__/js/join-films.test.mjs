import assert from "node:assert/strict";
import { test } from "node:test";
import { concatList, joinArgs } from "../../dist/chunks/join-films.js";

const rate = { fpsNum: 30, fpsDen: 1 };

test("borders of chunks stay where they are, however many there are", () => {
  const chunks = Array.from({ length: 256 }, () => ({ path: "/c.mp4", frames: 14 }));
  const list = concatList(chunks, rate);
  const lengths = list.match(/duration [\d.]+/g).map((line) => Math.round(line.slice(9) * 1e6));
  assert.equal(lengths.length, 256);
  let begin = 0;
  lengths.forEach((length, at) => {
    begin += length;
    assert.ok(Math.abs(begin - ((at + 1) * 14e6) / 30) <= 0.5, `${at}`);
  });
});

test("paths with quotes are one path", () => {
  const [first] = concatList([{ path: "/it's.mp4", frames: 1 }], rate).split("\n");
  assert.equal(first, "file '/it'\\''s.mp4'");
});

test("only WebM gets its times again, and sound is what its container takes", () => {
  const settings = { ...rate, list: "l", sound: "s.m4a", joined: "o", version: "1" };
  const line = (format, sound) => joinArgs({ ...settings, format, sound }).join(" ");
  assert.match(
    line("mp4", "s.m4a"),
    /-c:v copy -c:a copy -movflags \+faststart .*-r 30 -f mp4 -y o$/,
  );
  assert.match(line("webm", "s.m4a"), /-bsf:v setts=ts=round\(N\*1000\/30\) -c:a libopus/);
  assert.doesNotMatch(line("mov", null), /-c:a|setts|1:a/);
});
