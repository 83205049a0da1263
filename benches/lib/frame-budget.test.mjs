import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCacheProblems } from "./frame-budget.mjs";

const cache = {
  entries: 3,
  bytes: 30,
  peakBytes: 90,
  hits: 1,
  misses: 9,
  evictions: 6,
  oversized: 0,
  budgetBytes: 100,
};
const problems = (change) => frameCacheProblems({ ...cache, ...change }, 100).join();

test("a cache within its bound has no problem, also with a smaller one", () => {
  assert.equal(problems({}), "");
  assert.equal(problems({ budgetBytes: 90 }), "");
});

test("a peak above the bound, and a bound above what was allowed, are told", () => {
  assert.match(problems({ peakBytes: 101 }), /peakBytes is 101, above 100/);
  assert.match(problems({ budgetBytes: 101 }), /budgetBytes is 101, 100 were allowed/);
  assert.match(problems({ bytes: 91 }), /bytes is 91, above its peak 90/);
});

test("a cache that nothing went through proves nothing", () => {
  assert.match(problems({ misses: 0 }), /misses is 0/);
});

test("missing figures are named", () => {
  assert.deepEqual(frameCacheProblems(undefined, 1), ["the engine reported no frameCache"]);
  assert.match(problems({ hits: undefined, evictions: "6" }), /lacks hits, evictions/);
});
