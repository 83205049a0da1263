import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { ROOT } from "./run.mjs";

/** Every package of the dependency tree with the features that it is compiled with. */
function packages(edges) {
  const args = ["tree", "--locked", "--edges", edges, "--prefix", "none", "--format", "{p} [{f}]"];
  const text = execFileSync("cargo", args, { cwd: ROOT, encoding: "utf8", timeout: 120_000 });
  return new Set(text.split("\n").map((line) => line.replace(/ \(\*\)$/, "")));
}

test("the tests compile no dependency again that the addon has: same features of each", () => {
  const withTests = packages("normal,build,dev");
  const others = [...packages("normal,build,no-proc-macro")].filter((each) => !withTests.has(each));
  const remedy =
    "A development dependency turns on more features of these. Whatever uses them, this crate " +
    "included, is compiled twice by `npm test`, which takes minutes. Use another one, or fewer of " +
    "its features, or name the features in [dependencies] as well.";
  assert.deepEqual(others, [], remedy);
});
