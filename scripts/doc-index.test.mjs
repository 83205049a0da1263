/** docs/README.md, the list of all documents. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { linksOf } from "./lib/markdown.mjs";
import { ROOT } from "./lib/run.mjs";

test("the index lists every document of docs/ once", () => {
  const entries = readdirSync(join(ROOT, "docs"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() || entry.name.endsWith(".md"))
    .map(({ name }) => name)
    .filter((name) => name !== "README.md");
  const listed = linksOf(readFileSync(join(ROOT, "docs", "README.md"), "utf8"))
    .map(({ target }) => target.replace(/\/(?:README\.md)?$/, ""))
    .filter((target) => !target.startsWith("..") && !target.endsWith(".svg"));
  assert.deepEqual(listed.toSorted(), entries.sort());
});
