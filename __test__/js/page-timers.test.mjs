/** Timers that a page sets while it is brought to frames, at a time that is set by hand. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const FILE = join(import.meta.dirname, "../../src/page/scripts/driver/timers.js");

/** The timers of a page at a composition time that `clock.now` says, and its window. */
function pageTimers() {
  const clock = { now: 0 };
  const native = [];
  const window = {};
  for (const name of ["setTimeout", "setInterval", "clearTimeout", "clearInterval"]) {
    window[name] = (...options) => native.push([name, ...options]);
  }
  window.top = window;
  const engine = { calls: () => false };
  const ownership = { isOwned: () => true };
  const globals = { window, performance: { now: () => window.now ?? 0 }, reportError() {} };
  const modules = { animationClock: { clock }, engine, ownership };
  let timers;
  const define = (_name, make) => {
    timers = make(modules);
  };
  runInNewContext(readFileSync(FILE, "utf8"), { ...globals, define });
  return { clock, engine, native, window, timers };
}

test("timers are due in the composition's time, in order", () => {
  const { clock, native, window, timers } = pageTimers();
  const ran = [];
  const note = (what) => () => ran.push([what, clock.now]);
  window.setTimeout(note("late"), 30);
  window.setTimeout(() => window.setTimeout(note("nested"), 5), 10);
  const repeated = window.setInterval(note("repeated"), 12);
  window.clearTimeout(window.setTimeout(note("never"), 1));
  timers.run(9, () => undefined);
  assert.deepEqual(ran, []);
  timers.run(33, () => undefined);
  assert.deepEqual(ran, [
    ["repeated", 12],
    ["nested", 15],
    ["repeated", 24],
    ["late", 30],
  ]);
  window.clearInterval(repeated);
  timers.run(1000, () => undefined);
  assert.equal(ran.length, 4);
  assert.deepEqual(native, []);
});

test("timers of HyperFrames' own scripts are Chrome's", () => {
  const { engine, native, window } = pageTimers();
  engine.calls = () => true;
  window.setTimeout(() => 1, 5);
  assert.equal(native[0][0], "setTimeout");
});

test("while a page waits before a frame is drawn, the real clock counts", async () => {
  const { native, window, timers } = pageTimers();
  const waited = timers.during(
    new Promise((resolve) => {
      window.setTimeout(resolve, 5);
    }),
  );
  const [name, look, every] = native[0];
  assert.deepEqual([name, every], ["setInterval", 10]);
  window.now = 4;
  look();
  window.now = 5;
  look();
  await waited;
  assert.equal(native.at(-1)[0], "clearInterval");
});
