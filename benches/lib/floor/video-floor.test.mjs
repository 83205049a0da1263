import assert from "node:assert/strict";
import { test } from "node:test";
import { besideFloor, decodeArgs, describeVideoFloor } from "./video-floor.mjs";

const floor = {
  frames: 100,
  decode: { wallSeconds: 2, cpuSeconds: 2 },
  encode: { wallSeconds: 1, cpuSeconds: 3 },
};

test("what is besides decoding and encoding is per frame", () => {
  assert.equal(besideFloor(15, floor), 100);
});

test("both engines are told, or the one that was measured", () => {
  const text = describeVideoFloor(floor, { native: 6, upstream: 15 });
  assert.match(text, /decoding 20\.0, encoding 30\.0/);
  assert.match(text, /native 10\.0, upstream 100\.0$/);
  assert.match(describeVideoFloor(floor, { upstream: 15 }), /a frame: upstream 100\.0$/);
});

test("a window is decoded from where it begins, on one thread", () => {
  const args = decodeArgs({ file: "/c.mp4", from: 4, seconds: 3 });
  assert.deepEqual(args.slice(args.indexOf("-threads"), args.indexOf("-map")), [
    ...["-threads", "1", "-ss", "4", "-i", "/c.mp4", "-t", "3"],
  ]);
  assert.ok(!decodeArgs({ file: "/c.mp4", from: 0, seconds: 3 }).includes("-ss"));
});
