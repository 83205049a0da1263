/** Modules of the page scripts that need no page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { definitions, load, moduleFiles, plain, SCRIPTS } from "./page-modules.mjs";

const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

test("a file of a folder defines one module, and has its name", () => {
  const files = moduleFiles();
  assert.ok(files.length > 20);
  for (const file of files) {
    const names = definitions(file).map(({ name }) => name);
    assert.deepEqual(names, [camelCase(basename(file, ".js"))], file);
  }
});

const css = load("layers/css_values.js");

test("a translation by percentages is a share of the box", () => {
  const moved = (text) => plain(css.translation(text, 200, 80));
  assert.deepEqual(moved("-50% -50%"), [-100, -40]);
  assert.deepEqual(moved("10px"), [10, 0]);
  assert.deepEqual(moved("12.5px 25% 4px"), [12.5, 20]);
  assert.deepEqual(moved("calc(-50% + 10px) calc(100% - 2.5px)"), [-90, 77.5]);
  assert.deepEqual(moved("0px -1e-1px"), [0, -0.1]);
  for (const none of ["none", ""]) assert.equal(moved(none), null, none);
});

test("matrices are their six numbers of two dimensions", () => {
  const matrix = (a, b, c, d, e, f) => ({ a, b, c, d, e, f });
  const numbers = (m) => plain(css.affine(m));
  assert.deepEqual(numbers(matrix(0.5, 0.1, -0.1, 0.5, 12.5, -3)), [0.5, 0.1, -0.1, 0.5, 12.5, -3]);
  // What leaves the page's plane is lost: a move in depth, a turn, perspective.
  for (const depth of [
    { m43: 50 },
    { m13: -0.8, m31: 0.8, m33: 0.5 },
    { m34: -0.002, is2D: false },
  ]) {
    const flat = matrix(1, 0, 0, 1, 30, 40);
    assert.deepEqual(numbers({ ...flat, ...depth }), [1, 0, 0, 1, 30, 40]);
  }
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.equal(css.affine(matrix(wrong, 0, 0, 1, 0, 0)), null);
    assert.equal(css.affine(matrix(1, 0, 0, 1, 0, wrong)), null);
  }
});

test("unknown fits stretch", () => {
  for (const fit of ["fill", "cover", "contain", "none", "scale-down"]) {
    assert.equal(css.objectFit(fit), fit);
  }
  assert.equal(css.objectFit(" Scale-Down"), "scale-down");
  for (const word of ["revert", "", "constructor"]) assert.equal(css.objectFit(word), "fill");
});

/** A position as `[fraction, pixels]` across and down. */
const position = (text) =>
  css.objectPosition(text).map(({ fraction, pixels }) => [fraction, pixels + 0]);
const same = (text, across, down) => assert.deepEqual(plain(position(text)), [across, down], text);

test("one word leaves the other axis in the middle", () => {
  for (const [text, x, y] of [
    ["left", 0, 0.5],
    ["right", 1, 0.5],
    ["top", 0.5, 0],
    ["Bottom", 0.5, 1],
    ["center", 0.5, 0.5],
    ["25%", 0.25, 0.5],
    ["", 0.5, 0.5],
  ]) {
    same(text, [x, 0], [y, 0]);
  }
});

test("words may change places", () => {
  for (const text of ["top right", "right top", "100% 0%", "right 0", "100% top"]) {
    same(text, [1, 0], [0, 0]);
  }
  for (const text of ["center bottom", "bottom center", "50% bottom", "center 100%"]) {
    same(text, [0.5, 0], [1, 0]);
  }
  for (const text of ["left center", "center left", "left 50%"]) same(text, [0, 0], [0.5, 0]);
  same("150% -20%", [1.5, 0], [-0.2, 0]);
  same("center center", [0.5, 0], [0.5, 0]);
});

test("lengths are counted from their edge", () => {
  for (const text of [
    "right 10px bottom 25%",
    "bottom 25% right 10px",
    "calc(100% - 10px) 75%",
    "  CALC(100% - 10px)\t75%  ",
  ]) {
    same(text, [1, -10], [0.75, 0]);
  }
  same("10px 2.5px", [0, 10], [0, 2.5]);
  same("10px top", [0, 10], [0, 0]);
  for (const text of ["left 3px center", "center left 3px"]) same(text, [0, 3], [0.5, 0]);
  for (const text of ["center top -3px", "top -3px center"]) same(text, [0.5, 0], [0, -3]);
  for (const text of ["right bottom 25%", "bottom 25% right"]) same(text, [1, 0], [0.75, 0]);
  for (const text of ["right 10px bottom", "bottom right 10px"]) same(text, [1, -10], [1, 0]);
  same("right calc(10% + 4px) top 0", [0.9, -4], [0, 0]);
  same("calc(1px + 2% - 3px) +.5e1px", [0.02, -2], [0, 5]);
});

test("what is no position is the middle", () => {
  for (const text of [
    "left right",
    "top bottom",
    "10px left",
    "top 10px",
    "12",
    "px",
    "%",
    "0x10px 0",
    "1e999px 0",
    "Infinity% 0",
    "3em 4em",
    "calc(1px",
    "calc()",
    "calc(1px 2px)",
    "calc(1px +)",
    "calc(- 1px)",
    "calc(1px*2)",
    "center 10px top",
    "left 1px 2px top",
    "left 1px right 2px",
    "left center 3px",
    "left top center",
    "1px 2px 3px",
    "constructor",
    "a b c d e",
  ]) {
    same(text, [0.5, 0], [0.5, 0]);
  }
});

test("any text is a fit and a position of finite numbers", () => {
  const pieces = ["calc(", ")", "left", "top", "center", "10px", "-2%", "+", " ", "e9", ".", "()"];
  let state = 7;
  const next = (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % count;
  };
  for (let round = 0; round < 2000; round += 1) {
    const text = Array.from({ length: next(9) }, () => pieces[next(pieces.length)]).join("");
    css.objectFit(text);
    assert.ok(position(text).flat().every(Number.isFinite), text);
  }
});

const fold = load("grading/fold.js");
const SHADER = `precision highp float;
uniform sampler2D u_source;
uniform float u_glow;
uniform float u_dots;
uniform vec3 u_wheel;
varying vec2 v_uv;
const float PI = 3.14;
float glow(vec3 color, float amount){
  if (amount <= 0.0) return 0.0;
  float angle = u_dots * PI;
  angle += 1.0;
  return color.r * amount + angle;
}
void main(){
  float dots = clamp(u_dots, 0.0, 1.0);
  float place = v_uv.x + dots;
  vec3 color = texture2D(u_source, v_uv).rgb + u_wheel;
  color += glow(color, clamp(u_glow, 0.0, 1.0));
  gl_FragColor = vec4(color * place, dots);
}`;
const line = (text, start) => text.split("\n").find((l) => l.trim().startsWith(start));

test("uniforms that may be folded are numbers and vectors", () => {
  assert.deepEqual(plain(fold.uniforms(SHADER)), ["u_glow", "u_dots", "u_wheel"]);
});

test("uniforms that are zero, and what depends on them alone, become constants", () => {
  const text = fold.fold(SHADER, new Set(["u_glow", "u_dots", "u_wheel"]));
  assert.equal(line(text, "const vec3 u_wheel"), "const vec3 u_wheel = vec3(0.0);");
  assert.ok(line(text, "const float dots = clamp(u_dots, 0.0, 1.0);"), text);
  assert.equal(
    line(text, "float glow("),
    "float glow(vec3 color, float folded_amount){ const float amount = clamp(u_glow, 0.0, 1.0);",
  );
  // Changed later, or made of more than constants.
  assert.ok(line(text, "float angle = u_dots * PI;"), text);
  assert.ok(line(text, "float place = v_uv.x + dots;"), text);
  assert.ok(line(text, "uniform sampler2D u_source;"), text);
});

test("other uniforms stay, and so do parameters that depend on them", () => {
  const text = fold.fold(SHADER, new Set(["u_dots"]));
  assert.ok(line(text, "uniform float u_glow;"), text);
  assert.ok(line(text, "float glow(vec3 color, float amount){"), text);
  assert.ok(line(text, "const float dots"), text);
  assert.equal(fold.fold(SHADER, new Set()), SHADER);
});

test("a local variable hides a constant of its name", () => {
  const hiding = `uniform float u_a;
const float scale = 2.0;
float two(float scale){
  float half_scale = scale * 0.5;
  return half_scale;
}
void main(){
  float scale = gl_FragCoord.x;
  float wide = scale + u_a;
  gl_FragColor = vec4(two(wide), two(scale), u_a, scale);
}`;
  const text = fold.fold(hiding, new Set(["u_a"]));
  assert.ok(line(text, "float half_scale = scale * 0.5;"), text);
  assert.ok(line(text, "float wide = scale + u_a;"), text);
  assert.ok(line(text, "const float u_a = 0.0;"), text);
});

test("a texture that holds a still picture is not given it again", () => {
  class HTMLImageElement {
    complete = true;
    naturalWidth = 4;
    naturalHeight = 2;
    classList = { contains: () => false };
    constructor(currentSrc) {
      this.currentSrc = currentSrc;
    }
  }
  const uploads = [];
  let [texture, flip] = [{}, true];
  const gl = {
    ...{ TEXTURE_BINDING_2D: 1, UNPACK_FLIP_Y_WEBGL: 2, UNPACK_PREMULTIPLY_ALPHA_WEBGL: 3 },
    getParameter: (name) => ({ 1: texture, 2: flip, 3: false })[name],
    texImage2D: (...args) => uploads.push(args.at(-1)),
    texSubImage2D() {},
    copyTexImage2D() {},
    copyTexSubImage2D() {},
  };
  load("grading/uploads.js", {}, { HTMLImageElement }).install(gl);
  const upload = (image, ...size) => gl.texImage2D(3553, 0, 6408, ...size, 6408, 5121, image);
  const count = (image) => {
    const before = uploads.length;
    upload(image);
    return uploads.length - before;
  };
  const photo = new HTMLImageElement("http://localhost/a.jpg?v=1");
  assert.deepEqual([count(photo), count(photo)], [1, 0]);
  // What may be animated, what is another picture, another texture or another way to unpack it.
  const animated = new HTMLImageElement("http://localhost/a.png");
  assert.deepEqual([count(animated), count(animated), count(photo)], [1, 1, 1]);
  photo.currentSrc = "http://localhost/b.jpg";
  assert.deepEqual([count(photo), count(photo)], [1, 0]);
  flip = false;
  assert.deepEqual([count(photo), count(photo)], [1, 0]);
  texture = {};
  assert.deepEqual([count(photo), count(photo)], [1, 0]);
  gl.texSubImage2D();
  assert.equal(count(photo), 1);
  upload(null, 1, 1, 0);
  assert.equal(count(photo), 1);
});

/** A window with one media element, as far as the scripts about volumes use it. */
function mediaPage(dataset, timeline) {
  class HTMLMediaElement {
    #volume = 1;
    #muted = false;
    dataset = dataset;
    isConnected = true;
    defaultMuted = false;
    closest = () => null;
    get volume() {
      return this.#volume;
    }
    set volume(value) {
      if (!(value >= 0 && value <= 1)) throw new RangeError(`${value}`);
      this.#volume = value;
    }
    get muted() {
      return this.#muted;
    }
    set muted(value) {
      this.#muted = value;
    }
  }
  const element = new HTMLMediaElement();
  const window = {
    HTMLMediaElement,
    document: { scripts: [], getElementById: () => element },
    __hfMediaEl: () => element,
    __hfNative: { rootSeek: () => (time) => timeline(element, time) },
  };
  window.window = window;
  return { element, window };
}

const script = (file) => readFileSync(join(SCRIPTS, file), "utf8");

test("a played page keeps volumes as they were written, above 1 and muted", async () => {
  const { window } = mediaPage({ volume: "2" }, (element, time) => {
    if (time > 0) element.volume = time;
    element.muted = time === 3;
  });
  runInNewContext(`${script("played_volumes.js")}\n__hfNativeKeepVolumes({ maxGain: 4 });`, window);
  assert.equal(await window.__hfNativeVolumes.begin([{ id: "a" }], null), true);
  const heard = await window.__hfNativeVolumes.play([0, 1, 3, 6, 18], [0, 0.5, 1.5, 3, 9]);
  assert.deepEqual(plain(heard), [[2], [0.5], [1.5], [0], [4]]);
  assert.deepEqual(plain(window.__hfNativeVolumes.mutedFrames()), [0]);
});

for (const [name, silent, gains, muted] of [
  ["a video", true, [[0], [0], [1]], 2],
  ["a sound", false, [[1], [1], [1]], 2],
]) {
  test(`a played page tells when a script unmutes ${name} that the markup mutes`, async () => {
    const { element, window } = mediaPage({}, (_, time) => {
      if (time >= 2) element.muted = false;
    });
    element.defaultMuted = true;
    const keeper = `${script("played_volumes.js")}\n__hfNativeKeepVolumes({ maxGain: 4 });`;
    runInNewContext(keeper, window);
    await window.__hfNativeVolumes.begin([{ id: "a", silent }], 1);
    const heard = await window.__hfNativeVolumes.play([0, 1, 2], [0, 1, 2]);
    assert.deepEqual(plain(heard), gains);
    assert.deepEqual(plain(window.__hfNativeVolumes.mutedFrames()), [muted]);
  });
}

test("a captured page notices volumes, but not those that the runtime writes", () => {
  const sets = (dataset, ...values) => {
    const { element, window } = mediaPage(dataset, () => undefined);
    runInNewContext(script("volume_notice.js"), window);
    for (const value of values) element.volume = value;
    return window.__hfNativeSetsVolume();
  };
  assert.equal(sets({ volume: "0.5" }, 0.5, 0.5), false);
  assert.equal(sets({}, 1), false);
  assert.equal(sets({}, 1, 0.9), true);
  assert.equal(sets({ fadeIn: "1" }, 0.3), false);
  const { element, window } = mediaPage({}, () => undefined);
  runInNewContext(script("volume_notice.js"), window);
  element.muted = false;
  assert.equal(window.__hfNativeSetsVolume(), false);
  element.muted = true;
  assert.equal(window.__hfNativeSetsVolume(), true);
  const muted = mediaPage({}, () => undefined);
  runInNewContext(script("volume_notice.js"), muted.window);
  muted.element.defaultMuted = true;
  muted.element.muted = true;
  assert.equal(muted.window.__hfNativeSetsVolume(), false);
  muted.element.muted = false;
  assert.equal(muted.window.__hfNativeSetsVolume(), true);
});
