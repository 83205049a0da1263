import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { VIRTUAL_TIME_SHIM } from "../../dist/compile/virtual-time-shim.js";

function page() {
  const window = {
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    requestAnimationFrame: () => -1,
    cancelAnimationFrame: () => {},
    performance: { now: () => 123.4 },
  };
  window.window = window;
  const context = vm.createContext(window);
  // In a page, window.Date is the global; a fresh context keeps its own.
  vm.runInContext("window.Date = Date;", context);
  vm.runInContext(VIRTUAL_TIME_SHIM, context);
  return { window, run: (code) => vm.runInContext(code, context) };
}

test("the clock starts at zero and follows seeks", () => {
  const { run } = page();
  assert.equal(run("Date.now() + new Date().getTime() + performance.now()"), 0);
  assert.equal(run("__HF_VIRTUAL_TIME__.seekToTime(1500)"), 1500);
  assert.equal(run("Date.now()"), 1500);
  assert.equal(run("new Date().getTime()"), 1500);
  assert.equal(run("performance.now()"), 1500);
  assert.equal(run("__HF_VIRTUAL_TIME__.getTime()"), 1500);
});

test("what waits for animation frames is known, and another window gets a clock of its own", () => {
  const { window, run } = page();
  assert.equal(run("__HF_VIRTUAL_TIME__.isAwaited()"), false);
  const inner = { requestAnimationFrame: () => -1, performance: { now: () => 9 }, Date };
  window.__HF_VIRTUAL_TIME__.install(inner);
  let told;
  inner.requestAnimationFrame((now) => {
    told = now;
  });
  assert.equal(inner.__HF_VIRTUAL_TIME__.isAwaited(), true);
  run("__HF_VIRTUAL_TIME__.seekToTime(700)");
  assert.equal(told, undefined);
  inner.__HF_VIRTUAL_TIME__.seekToTime(300);
  assert.deepEqual([told, inner.performance.now(), inner.Date.now()], [300, 300, 300]);
  assert.equal(inner.__HF_VIRTUAL_TIME__.isAwaited(), false);
});

test("seeks are clamped: negative and NaN are zero", () => {
  const { run } = page();
  run("__HF_VIRTUAL_TIME__.seekToTime(700)");
  assert.equal(run("__HF_VIRTUAL_TIME__.seekToTime(-5)"), 0);
  assert.equal(run("__HF_VIRTUAL_TIME__.seekToTime(NaN)"), 0);
  assert.equal(run("__HF_VIRTUAL_TIME__.seekToTime(undefined)"), 0);
});

test("Date keeps its other faces", () => {
  const { run } = page();
  assert.equal(run("new Date(2020, 0, 2).getFullYear()"), 2020);
  assert.equal(run("new Date('2020-01-02T00:00:00Z').getTime()"), 1577923200000);
  assert.equal(run("Date.UTC(2020, 0, 2)"), 1577923200000);
  assert.equal(run("Date.parse('2020-01-02T00:00:00Z')"), 1577923200000);
  assert.equal(run("new Date() instanceof Date"), true);
  assert.equal(run("new Date().constructor === Date"), true);
  assert.equal(
    run(
      "(class D extends Date { x() { return 1 } }, new (class D extends Date { x() { return 1 } })().x())",
    ),
    1,
  );
  run("__HF_VIRTUAL_TIME__.seekToTime(86400000)");
  assert.match(run("Date()"), /1970/);
});

test("one seek runs one generation of animation frames, with the time", () => {
  const { run } = page();
  run(
    "var seen = []; function tick(t) { seen.push(t); requestAnimationFrame(tick); } requestAnimationFrame(tick);",
  );
  assert.equal(run("seen.length"), 0);
  run("__HF_VIRTUAL_TIME__.seekToTime(100); __HF_VIRTUAL_TIME__.seekToTime(200);");
  assert.deepEqual([...run("seen")], [100, 200]);
});

test("a frame can be cancelled before and within its generation; a throw stays alone", () => {
  const { run } = page();
  run("var seen = []; var b;");
  run("cancelAnimationFrame(requestAnimationFrame(function () { seen.push('never'); }));");
  run("requestAnimationFrame(function () { cancelAnimationFrame(b); throw new Error('x'); });");
  run("b = requestAnimationFrame(function () { seen.push('cancelled'); });");
  run("requestAnimationFrame(function () { seen.push('last'); });");
  run("__HF_VIRTUAL_TIME__.seekToTime(1)");
  assert.deepEqual([...run("seen")], ["last"]);
});

test("timers stay real and the originals are exposed", () => {
  const { window } = page();
  assert.equal(window.setTimeout, setTimeout);
  for (const name of [
    "originalSetTimeout",
    "originalClearTimeout",
    "originalSetInterval",
    "originalClearInterval",
    "originalRequestAnimationFrame",
    "originalCancelAnimationFrame",
  ]) {
    assert.equal(typeof window.__HF_VIRTUAL_TIME__[name], "function", name);
  }
  assert.equal(
    window.__HF_VIRTUAL_TIME__.originalRequestAnimationFrame(() => {}),
    -1,
  );
});

test("a second copy in the same window changes nothing", () => {
  const { window, run } = page();
  const first = window.__HF_VIRTUAL_TIME__;
  run("__HF_VIRTUAL_TIME__.seekToTime(40)");
  run(VIRTUAL_TIME_SHIM);
  assert.equal(window.__HF_VIRTUAL_TIME__, first);
  assert.equal(run("Date.now()"), 40);
});

test("nothing in it is mistaken for a runtime or ends a tag", () => {
  for (const marker of [
    "</head",
    "</script",
    "<!--",
    "hyperframe.runtime.iife.js",
    "hyperframes-runtime.modular.inline.js",
    "hyperframe-runtime.modular-runtime.inline.js",
    "data-hyperframes-preview-runtime",
    "__hyperframeRuntime",
    "__HF_EXPORT_RENDER_SEEK_CONFIG",
    "window.__player =",
    "window.__playerReady",
    "window.__renderReady",
  ]) {
    assert.equal(VIRTUAL_TIME_SHIM.includes(marker), false, marker);
  }
});
