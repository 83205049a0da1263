import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "../../../dist/bench/tree-sampler.js";
import { beginFrameArgs, drivenLaunch } from "./begin-frame-args.mjs";
import { encoders, fromRawFrames } from "./encoder-commands.mjs";
import { best, describeDrawingFloor, floorOf } from "./floor.mjs";

const words = (line) => line.split(" ");

test("a launch is repeated without its profile, with its scale on the command line", () => {
  const args = beginFrameArgs(
    words(
      "--no-sandbox --user-data-dir=/p --remote-debugging-port=0 --enable-begin-frame-control --force-device-scale-factor=1 about:blank",
    ),
    2,
  );
  assert.equal(args[0], "--no-sandbox");
  assert.equal(args.at(-1), "--force-device-scale-factor=2");
  assert.equal(args.filter((arg) => arg === "--enable-begin-frame-control").length, 1);
  assert.ok(args.includes("--run-all-compositor-stages-before-draw"));
  assert.ok(!args.some((arg) => /user-data|debugging|about:/.test(arg)));
});

test("the launch that draws on demand is preferred to a later one", () => {
  const version = ["c", "--version"];
  const drawing = ["c", "--remote-debugging-port=0", "--enable-begin-frame-control"];
  const plain = ["c", "--remote-debugging-pipe"];
  assert.equal(drivenLaunch([version, drawing, plain]), drawing);
  assert.equal(drivenLaunch([version, plain]), plain);
  assert.equal(drivenLaunch([version]), undefined);
});

test("only commands that read captured frames are encoders", () => {
  const encode = words("ffmpeg -f image2pipe -framerate 30 -i - -c:v libx264 -y out.mp4");
  const mux = words("ffmpeg -i video.mp4 -i audio.m4a -c copy -y final.mp4");
  const ask = words("ffmpeg -hide_banner -encoders");
  assert.deepEqual(encoders([ask, mux, encode]), [encode.slice(1)]);
});

test("raw frames replace the pictures and their conversion, and nothing else", () => {
  const seen = words(
    "-f image2pipe -vcodec mjpeg -framerate 30 -i - -r 30 -c:v libx264 -vf scale=a=b:c=d,format=gbrp,scale=e=f -pix_fmt yuv420p -y work/video.mp4",
  );
  assert.deepEqual(fromRawFrames([seen], { inputArgs: words("-f rawvideo -i raw"), dir: "/d" }), [
    words("-f rawvideo -i raw -r 30 -c:v libx264 -pix_fmt yuv420p -y -y /d/0-video.mp4"),
  ]);
});

test("a second pass reads what the first one wrote, and keeps its filter", () => {
  const seen = [
    words("-y -framerate 15 -i f/frame_%06d.png -vf palettegen=stats_mode=diff w/palette.png"),
    words("-y -i f/frame_%06d.png -i w/palette.png -lavfi paletteuse w/out.gif"),
  ];
  assert.deepEqual(fromRawFrames(seen, { inputArgs: words("-i raw"), dir: "/d" }), [
    words("-i raw -vf palettegen=stats_mode=diff -y /d/0-palette.png"),
    words("-i raw -i /d/0-palette.png -lavfi paletteuse -y /d/1-out.gif"),
  ]);
});

test("the floor is both walls, or the busy cores but never less than the encoder", () => {
  const drawings = [7, 4, 5].map((seconds) => ({
    wallSeconds: seconds,
    cpuSeconds: seconds,
    tiles: `tiles ${seconds}`,
  }));
  const render = best(drawings);
  const cheap = floorOf(render, { wallSeconds: 1, cpuSeconds: 2 }, 100, 2);
  assert.deepEqual([cheap.sumSeconds, cheap.boundSeconds], [5, 3]);
  const dear = floorOf(render, { wallSeconds: 9, cpuSeconds: 9 }, 100, 2);
  assert.deepEqual([dear.sumSeconds, dear.boundSeconds], [13, 9]);
  assert.match(
    describeDrawingFloor(cheap, 6),
    /drawing in tiles 4 40\.0 ms a frame \(40\.0 core-ms\)/,
  );
  assert.match(describeDrawingFloor(cheap, 6), /other 5\.0 s, native 1\.20x of it/);
});

test("processes are told apart by their program", () => {
  const kinds = ["/a/node", "/a/chromium-headless-shell", "/a/chrome", "/a/ffprobe", "/bin/sh"];
  assert.deepEqual(kinds.map(kindOf), ["node", "chrome", "chrome", "ffmpeg", "other"]);
});
