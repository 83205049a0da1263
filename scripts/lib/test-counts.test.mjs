import assert from "node:assert/strict";
import test from "node:test";
import { containsDocTest, STEPS, testFiles } from "./steps.mjs";
import { countTests, failureExcerpt } from "./test-counts.mjs";

const count = (kind, output, code = 0) => countTests(kind, { code, output });

test("a check counts as one", () => {
  assert.deepEqual(count("check", "anything"), { passed: 1, failed: 0, skipped: 0 });
  assert.deepEqual(count("check", "anything", 1), { passed: 0, failed: 1, skipped: 0 });
});

test("nextest's summary is read, colours and odd endings included", () => {
  const plain = "     Summary [   0.5s] 12 tests run: 12 passed (1 slow), 2 skipped\n";
  assert.deepEqual(count("nextest", plain), { passed: 12, failed: 0, skipped: 2 });
  const bad =
    "\u001b[31;1m     Summary\u001b[0m [  9.1s] \u001b[1m9\u001b[0m tests run: " +
    "\u001b[1m6\u001b[0m passed (1 flaky), 1 failed, 2 timed out, 0 skipped\n";
  const stripped = bad.replace("\u001b[31;1m     Summary\u001b[0m", "     Summary");
  assert.deepEqual(count("nextest", bad, 100), { passed: 6, failed: 3, skipped: 0 });
  assert.deepEqual(count("nextest", stripped, 100), { passed: 6, failed: 3, skipped: 0 });
});

test("rustdoc's results are summed over binaries", () => {
  const output =
    "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n" +
    "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
  assert.deepEqual(count("cargo", output, 101), { passed: 5, failed: 1, skipped: 1 });
});

test("Node's reporter is read, cancelled tests being failures", () => {
  const output = [
    ...["ℹ tests 9", "ℹ suites 1", "ℹ pass 5", "ℹ fail 1", "ℹ cancelled 1"],
    ...["ℹ skipped 1", "ℹ todo 1", "ℹ duration_ms 12.3"],
  ].join("\n");
  assert.deepEqual(count("node", output, 1), { passed: 5, failed: 2, skipped: 2 });
});

test("our own runners' last line counts", () => {
  const output = "1 passed, 0 failed\nlater\n31 passed, 2 failed\n";
  assert.deepEqual(count("plain", output, 1), { passed: 31, failed: 2, skipped: 0 });
});

test("a crash, a compile error or an empty run is never a success", () => {
  for (const kind of ["nextest", "cargo", "node", "plain"]) {
    assert.equal(count(kind, "error: could not compile", 101).failed, 1, kind);
    assert.equal(count(kind, "", 0).failed, 1, kind);
  }
  const passedThenCrashed = "ℹ pass 5\nℹ fail 0\n";
  assert.deepEqual(count("node", passedThenCrashed, 7), { passed: 5, failed: 1, skipped: 0 });
});

test("of a failed run, what the reporter sums up is told again, else its end", () => {
  const passing = Array.from({ length: 200 }, (_, n) => `✔ test ${n}`).join("\n");
  const told = "✖ failing tests:\n\ntest at a.mjs:1\n✖ one (3ms)\n  expected 1";
  assert.equal(failureExcerpt(`${passing}\n${told}\n`), told);
  const long = Array.from({ length: 200 }, (_, n) => `line ${n}`);
  assert.equal(failureExcerpt(long.join("\n")), long.slice(140).join("\n"));
  assert.equal(failureExcerpt("\u001b[31merror\u001b[0m\n"), "error");
});

test("documentation examples are told from other blocks", () => {
  assert.equal(containsDocTest("/// ```\n/// let a = 1;\n/// ```\n"), true);
  assert.equal(containsDocTest("//! ```no_run\n//! f();\n//! ```\n"), true);
  assert.equal(containsDocTest("/// ```text\n/// a -> b\n/// ```\nfn f() {}\n"), false);
  assert.equal(containsDocTest("/// ```text\n/// ```\n/// ```json\n/// {}\n/// ```\n"), false);
});

test("steps have different names, and this file is among those they find", () => {
  const names = STEPS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(testFiles("scripts").includes("scripts/lib/test-counts.test.mjs"));
  assert.ok(!testFiles("scripts", "scripts/lib").includes("scripts/lib/test-counts.test.mjs"));
  assert.deepEqual(testFiles("no/such/folder"), []);
});
