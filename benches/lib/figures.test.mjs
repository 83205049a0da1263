import assert from "node:assert/strict";
import { test } from "node:test";
import { median, summarize } from "../../dist/bench/figures.js";
import { describe, table } from "./figures.mjs";

const measurement = (wallSeconds, chrome) => ({
  wallSeconds,
  cpuSeconds: chrome + 1,
  cpuByKind: { chrome, node: 1 },
  peakBytes: 2 ** 20,
  peakByKind: { chrome: 2 ** 20 },
  scriptSeconds: 0.5,
});

test("a median of an even count lies between the middle two", () => {
  assert.equal(median([9, 1, 4, 2]), 3);
  assert.equal(median([9, 1, 4]), 4);
});

test("the ratio is that of the rounds, not that of the medians", () => {
  const rounds = [
    { native: measurement(1, 1), upstream: measurement(4, 1) },
    { native: measurement(10, 2), upstream: measurement(20, 2) },
    { native: measurement(2, 3), upstream: measurement(6, 3) },
  ];
  const { wallSeconds } = summarize(rounds);
  assert.deepEqual(wallSeconds, { native: 2, upstream: 6, ratio: 3 });
});

test("kinds that only one engine has keep their figure and get no ratio", () => {
  const native = measurement(1, 1);
  const upstream = measurement(2, 3);
  delete native.cpuByKind.node;
  const summary = summarize([{ native, upstream }]);
  assert.deepEqual(summary["cpuByKind.node"], { upstream: 1 });
  assert.deepEqual(summary["cpuByKind.chrome"], { native: 1, upstream: 3, ratio: 3 });
});

test("one engine alone has a table too", () => {
  const text = table(summarize([{ upstream: measurement(2.5, 3) }]));
  assert.match(text, /^wall +- +2\.50 s +-$/m);
  assert.match(text, /^cpu chrome +- +3\.00 s +-$/m);
  assert.match(text, /^memory chrome +- +1\.00 MiB +-$/m);
});

test("a figure that was not measured is left out of the line", () => {
  assert.equal(describe(measurement(1, 1)), "wall 1.0 s, cpu 2.0 s, peak memory 1.0 MiB");
});
