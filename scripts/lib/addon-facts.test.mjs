import assert from "node:assert/strict";
import { test } from "node:test";
import { compareVersions, newestGlibc } from "./addon-facts.mjs";

test("versions are compared by their numbers", () => {
  const sorted = ["2.9", "2.17", "2.2.5", "2.2", "2.34"].sort(compareVersions);
  assert.deepEqual(sorted, ["2.2", "2.2.5", "2.9", "2.17", "2.34"]);
});

test("the newest version of glibc is told, and no other library's", () => {
  const text = "Name: GLIBC_2.9  Flags: none\nName: GLIBC_2.17\nName: GCC_4.2.0\nGLIBC_2.2.5";
  assert.equal(newestGlibc(text), "2.17");
  assert.throws(() => newestGlibc("Name: GCC_4.2.0"), /needs no version of glibc/);
});
