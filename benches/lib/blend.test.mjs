import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { PAIRS } from "../../scripts/lib/blend-inputs.mjs";
import { geometricMean } from "./blend.mjs";

test("the geometric mean of ratios", () => {
  assert.equal(geometricMean([4, 16]).toFixed(9), "8.000000000");
  assert.equal(geometricMean([5]).toFixed(9), "5.000000000");
});

test("the pictures are the same everywhere", () => {
  const hash = createHash("sha256");
  for (const make of Object.values(PAIRS)) {
    const { from, to } = make(64, 36);
    assert.equal(from.length, 64 * 36 * 6);
    hash.update(from).update(to);
  }
  assert.equal(hash.digest("hex").slice(0, 16), "c648699903a70c5b");
});
