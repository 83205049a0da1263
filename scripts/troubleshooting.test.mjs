/** docs/troubleshooting.md beside what it is made of. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TROUBLES } from "./lib/docs/troubles.mjs";
import { ROOT } from "./lib/run.mjs";
import { errorsOf, PAGE, troubleshootingPage } from "./troubleshooting.mjs";

test("the page is the one that `npm run docs:troubles` writes, with every code", () => {
  const kept = readFileSync(join(ROOT, PAGE), "utf8");
  assert.ok(kept === troubleshootingPage(), `${PAGE} is stale: npm run docs:troubles`);
  const codes = errorsOf(readFileSync(join(ROOT, "docs", "errors.md"), "utf8"));
  assert.ok(codes.size > 50);
  for (const code of codes.keys()) assert.ok(kept.includes(`\`HF_NATIVE_${code}\``), code);
});

test("what has no code has a cause and a remedy of its own", () => {
  for (const [, troubles] of TROUBLES) {
    for (const { sees, codes, cause, remedy } of troubles) {
      assert.equal(Boolean(cause && remedy), codes === undefined, sees);
    }
  }
});
