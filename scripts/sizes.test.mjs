import assert from "node:assert/strict";
import { test } from "node:test";
import { codeFiles, sizeOf } from "./sizes.mjs";

test("median and p90 are sizes of files", () => {
  const lines = [10, 20, 30, 40, 50, 60, 70, 80, 90, 400];
  assert.deepEqual(sizeOf(lines), { files: 10, lines: 850, median: 50, p90: 90, max: 400 });
  assert.deepEqual(sizeOf([7]), { files: 1, lines: 7, median: 7, p90: 7, max: 7 });
});

test("code of all parts is counted, and nothing that is generated", () => {
  const files = codeFiles().map(({ file }) => file);
  for (const part of ["src/lib.rs", "js/index.ts", "scripts/sizes.mjs", "benches/run.mjs"]) {
    assert.ok(files.includes(part), part);
  }
  assert.ok(!files.includes("js/wire/generated.ts"));
});
