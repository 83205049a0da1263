/** Variables that documents name are read somewhere. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { documents } from "./lib/docs/blocks.mjs";
import { lineAt } from "./lib/markdown.mjs";
import { ROOT } from "./lib/run.mjs";

const VARIABLE = /(?<![\w/-])(?:HF|HYPERFRAMES|PRODUCER|FFMPEG)_[A-Z\d]+(?:_[A-Z\d]+)*(?![\w*])/g;
const SOURCES = ["src", "js", "scripts", "__test__", "benches", "examples", ".github"];

/** Every name of that kind in the code. */
function known() {
  const names = new Set();
  for (const dir of SOURCES) {
    for (const name of readdirSync(join(ROOT, dir), { recursive: true }).map(String)) {
      if (!/\.(?:rs|ts|mjs|js|yml)$|Dockerfile$/.test(name) || name.includes("vendor")) continue;
      const text = readFileSync(join(ROOT, dir, name), "utf8");
      for (const [found] of text.matchAll(VARIABLE)) names.add(found);
    }
  }
  return names;
}

test("every variable and code of a document is in the code", (t) => {
  const names = known();
  const found = documents().flatMap(({ file, text }) =>
    [...text.matchAll(VARIABLE)].map(({ 0: name, index }) => ({ file, text, name, index })),
  );
  const unknown = found
    .filter(({ name }) => !names.has(name))
    .map(({ file, text, name, index }) => `${file}:${lineAt(text, index)}: ${name}`);
  assert.deepEqual(unknown, []);
  t.diagnostic(`${found.length} names, ${new Set(found.map(({ name }) => name)).size} different`);
  assert.ok(found.length > 200);
  assert.ok(!names.has(["HF_NATIVE", "LAEN"].join("_")));
});
