/** The inputs that the HyperFrames engine renders, as docs/integration.md lists them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folderOf, scriptFiles, textOf } from "./lib/js-folders.mjs";
import { ROOT } from "./lib/run.mjs";

test("docs/integration.md lists every reason for the other engine, and no other", () => {
  const files = scriptFiles().filter((file) => ["route", "job"].includes(folderOf(file)));
  const codes = files.flatMap((file) =>
    [...textOf(file).matchAll(/\bcode: "([a-z_]+)", message/g)].map(([, code]) => code),
  );
  const text = readFileSync(join(ROOT, "docs", "integration.md"), "utf8");
  const from = text.indexOf("\n## What the HyperFrames engine renders\n");
  const section = text.slice(from, text.indexOf("\n## ", from + 1));
  const listed = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(listed.toSorted(), [...new Set(codes)].sort());
});
