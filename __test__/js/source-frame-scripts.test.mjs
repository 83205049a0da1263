/** Modules of the page scripts that bring source frames into a page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, plain } from "./page-modules.mjs";

test("an answer of the frame server is read by clip number", () => {
  const window = { fetch: () => undefined };
  const fetch = load("source_frames/fetch.js", { config: {}, clips: { all: [] } }, { window });
  const header = [2, /**/ 0, 41, 1, 2, 1, 4, 2, 8, /**/ 3, 7, 0, 0, 0, 4, 2, 0];
  const mark = Array(32);
  const answer = [...mark, ...new Uint8Array(Uint32Array.from(header).buffer), ...Array(8)];
  const items = [...fetch.parse({ memory: new Uint8Array(answer).buffer })];
  const whole = { wholeWidth: 4, wholeHeight: 2 };
  const drawn = { index: 41, kind: 1, width: 2, height: 1, ...whole, offset: 100, length: 8 };
  const kept = { index: 7, kind: 0, width: 0, height: 0, ...whole, offset: 108, length: 0 };
  assert.deepEqual(plain(items), [
    [0, drawn],
    [3, kept],
  ]);
});

test("a bitmap's header gives size, order of rows and alpha", () => {
  const { header } = load("source_frames/bitmap.js");
  const item = { width: 3, height: 2, length: 24 };
  const read = (isTransparent) => {
    const view = header(item, isTransparent);
    const word = (at) => view.getInt32(at, true);
    return {
      bytes: view.byteLength,
      file: word(2),
      start: word(10),
      alpha: view.getUint32(66, true),
      size: [word(18), word(22)],
    };
  };
  const opaque = { bytes: 122, file: 146, start: 122, alpha: 0, size: [3, -2] };
  assert.deepEqual(read(false), opaque);
  assert.deepEqual(read(true), { ...opaque, alpha: 0xff000000 });
});

test("scale and tilt follow from all ancestors, each of which is looked at once", () => {
  const terms = (text) => /\(([^)]*)\)/.exec(text)[1].split(",").map(Number);
  class DOMMatrix {
    constructor(text) {
      [this.a, this.b, this.c, this.d] = terms(text);
      this.is2D = !text.startsWith("matrix3d");
    }
  }
  const plainStyle = {
    transform: "none",
    scale: "none",
    rotate: "none",
    zoom: "1",
    perspective: "none",
  };
  let looks = 0;
  const globals = {
    DOMMatrix,
    devicePixelRatio: 2,
    getComputedStyle: (node) => {
      looks += 1;
      return { ...plainStyle, ...node.style };
    },
  };
  const { scaleOf } = load("source_frames/scale.js", {}, globals);
  const inside = (parentElement, style) => ({ parentElement, style });
  const known = new Map();
  const page = inside(null, { zoom: "1.5" });
  const turned = inside(page, { transform: "matrix(0, 1, -1, 0, 0, 0)" });
  const wide = inside(turned, { transform: "matrix(3, 0, 0, 1, 0, 0)" });
  const skewed = inside(page, { transform: "matrix(1, 0.5, 0, 1, 0, 0)" });
  const stage = inside(page, { perspective: "500px" });
  assert.deepEqual(plain(scaleOf(wide, known)), { x: 9, y: 3, isUpright: true });
  assert.equal(scaleOf(skewed, known).isUpright, false);
  assert.equal(scaleOf(inside(skewed, {}), known).isUpright, false);
  assert.equal(scaleOf(stage, known).isUpright, true, "perspective is for what is inside");
  assert.equal(scaleOf(inside(stage, {}), known).isUpright, false);
  const deep = inside(page, { transform: "matrix3d(1, 0, 0, 1)" });
  assert.equal(scaleOf(inside(deep, {}), known).isUpright, false);
  assert.equal(looks, 9, "nine elements");
});

test("frames are halved as often as they are drawn smaller", () => {
  const { sizeOf, halvings } = load("source_frames/halving.js");
  const item = { wholeWidth: 1920, wholeHeight: 1080 };
  const clip = (transparent) => {
    const made = { source: { transparent }, isTexture: false };
    return Object.assign(made, { size: sizeOf(made, item) });
  };
  const box = (width, height, fit, scale = { x: 1, y: 1 }) => ({ width, height, fit, scale });
  // 1080 is eight times an odd number.
  assert.equal(clip(false).size.maxHalvings, 3);
  for (const [given, count] of [
    [box(1920, 1080, "fill"), 0],
    [box(961, 541, "fill"), 0],
    [box(960, 540, "fill"), 1],
    [box(480, 270, "fill"), 2],
    [box(480, 540, "fill"), 1],
    [box(48, 27, "fill"), 3],
    [box(480, 270, "fill", { x: 2, y: 2 }), 1],
    [box(480, 1000, "contain"), 2],
    [box(480, 1080, "cover"), 0],
    [box(480, 270, "none"), 0],
  ]) {
    assert.equal(halvings(clip(false), given), count, JSON.stringify(given));
  }
  const small = box(480, 270, "fill");
  assert.equal(halvings(clip(true), small), 0);
  assert.equal(halvings({ ...clip(false), isTexture: true }, small), 0);
  assert.equal(halvings({ ...clip(false), size: null }, small), 0);
});
