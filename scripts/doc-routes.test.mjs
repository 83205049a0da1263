/** The inputs that the HyperFrames engine renders, as docs/integration.md lists them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./lib/run.mjs";

test("docs/integration.md lists every reason for the other engine, and no other", () => {
  const dir = join(ROOT, "js", "job");
  const codes = readdirSync(dir).flatMap((name) =>
    [...readFileSync(join(dir, name), "utf8").matchAll(/\bcode: "([a-z_]+)", message/g)].map(
      ([, code]) => code,
    ),
  );
  const text = readFileSync(join(ROOT, "docs", "integration.md"), "utf8");
  const from = text.indexOf("\n## What the HyperFrames engine renders\n");
  const section = text.slice(from, text.indexOf("\n## ", from + 1));
  const listed = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(listed.toSorted(), [...new Set(codes)].sort());
});
