import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ROOT } from "./run.mjs";

/** The union of all codes: it would keep a code alive that nothing raises any more. */
const UNION = join("js", "base", "error-codes.ts");

/** Variables of the environment, which share the prefix. */
const NOT_CODES = new Set([
  "HF_NATIVE_CHECK_ONE_IN",
  "HF_NATIVE_FRAME_ORDER",
  "HF_NATIVE_LANE",
  "HF_NATIVE_LEDGER_MIB",
  "HF_NATIVE_LOG",
  "HF_NATIVE_PAGE_FILES",
  "HF_NATIVE_PAGE_NETWORK",
  "HF_NATIVE_PANIC_AT_BLEND",
  "HF_NATIVE_RESUME_BYTES",
  "HF_NATIVE_SANDBOX",
]);

function codesInSources() {
  const codes = new Set();
  for (const dir of ["src", "js"]) {
    for (const name of readdirSync(join(ROOT, dir), { recursive: true })) {
      if (!/\.(?:rs|ts)$/.test(name) || join(dir, name) === UNION) continue;
      const text = readFileSync(join(ROOT, dir, name), "utf8");
      for (const [, code] of text.matchAll(/["'`](HF_NATIVE_[A-Z_]*[A-Z])["'`]/g)) codes.add(code);
    }
  }
  return [...codes].filter((code) => !NOT_CODES.has(code)).sort();
}

test("docs/errors.md lists every error code, and none that no longer exists", () => {
  const text = readFileSync(join(ROOT, "docs", "errors.md"), "utf8");
  const documented = [...text.matchAll(/^\| `(HF_NATIVE_[A-Z_]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(documented.toSorted(), codesInSources());
});
