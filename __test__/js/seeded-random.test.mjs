import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { SEEDED_RANDOM } from "../../dist/compile/seeded-random.js";
import { VIRTUAL_TIME_SHIM } from "../../dist/compile/virtual-time-shim.js";

function page() {
  const window = {
    requestAnimationFrame: () => -1,
    performance: { now: () => 1 },
    crypto: { getRandomValues: (target) => target.fill(9) },
  };
  window.window = window;
  const context = vm.createContext(window);
  vm.runInContext("window.Date = Date;", context);
  vm.runInContext(VIRTUAL_TIME_SHIM + SEEDED_RANDOM, context);
  return (code) => vm.runInContext(code, context);
}

// Expected numbers: from upstream 0.8.170's script for chunks.
test("random numbers are upstream's for each frame", () => {
  const run = page();
  assert.equal(
    run("String([Math.random(), Math.random()])"),
    "0.3588899802416563,0.10590326134115458",
  );
  run("__HF_VIRTUAL_TIME__.seekToTime(1033.33)");
  assert.equal(
    run("String([Math.random(), Math.random()])"),
    "0.6120242101605982,0.016049764584749937",
  );
  run("__HF_VIRTUAL_TIME__.seekToTime(500)");
  const bytes = "String(crypto.getRandomValues(new Uint8Array(6)))";
  assert.equal(run(bytes), "182,23,7,23,244,49");
});

test("callbacks of animation frames draw from their frame's numbers", () => {
  const run = page();
  run("var drawn = []; requestAnimationFrame(function () { drawn.push(Math.random()); });");
  run("Math.random(); __HF_VIRTUAL_TIME__.seekToTime(1033)");
  assert.equal(run("drawn[0]"), 0.6120242101605982);
});

test("a window that gets the clock gets the numbers, once", () => {
  const run = page();
  run(`var inner = { Math: { random: function () { return 7; } }, Date: Date };
    __HF_VIRTUAL_TIME__.install(inner); __HF_VIRTUAL_TIME__.install(inner);
    inner.__HF_VIRTUAL_TIME__.seekToTime(1033)`);
  assert.equal(run("inner.Math.random()"), 0.6120242101605982);
});
