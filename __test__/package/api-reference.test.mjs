/** docs/api is what typedoc makes of the types, which are all documented. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { API, writeApiReference } from "../../scripts/api-docs.mjs";
import { entryNames } from "../../scripts/cjs-entries.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";

const json = (name) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
const temp = mkdtempSync(join(tmpdir(), "hf-api-"));
after(() => rmSync(temp, { recursive: true, force: true }));

/** All files of a folder by name. */
const filesOf = (dir) =>
  new Map(
    readdirSync(dir)
      .sort()
      .map((name) => [name, readFileSync(join(dir, name), "utf8")]),
  );

test("the reference has a page for each entry of the package", () => {
  const pages = json("typedoc.json").entryPoints.map((file) => /^js\/(\w+)\.ts$/.exec(file)[1]);
  assert.deepEqual(pages.sort(), entryNames(json("package.json").exports).sort());
});

test("typedoc warns of nothing, and docs/api is current", { timeout: 180_000 }, async () => {
  await writeApiReference(temp);
  const [made, kept] = [filesOf(temp), filesOf(join(ROOT, API))];
  assert.deepEqual([...kept.keys()], [...made.keys()]);
  const stale = [...made.keys()].filter((name) => made.get(name) !== kept.get(name));
  assert.deepEqual(stale, [], "npm run docs:api");
});
