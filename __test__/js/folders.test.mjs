/** The folders of js/ in their order: each imports only from folders before it, and no file in a circle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { folderOf, importsOf, ORDER, scriptFiles, textOf } from "../../scripts/lib/js-folders.mjs";

const FILES = scriptFiles();

test("every folder has a place in the order", () => {
  assert.deepEqual([...new Set(FILES.map(folderOf))].sort(), [...ORDER].sort());
});

test("no folder imports from one that comes after it", () => {
  const upwards = FILES.flatMap((file) =>
    importsOf(file)
      .filter((target) => ORDER.indexOf(folderOf(target)) > ORDER.indexOf(folderOf(file)))
      .map((target) => `${file} imports ${target}`),
  );
  assert.deepEqual(upwards, []);
});

test("no file imports itself through others", () => {
  const done = new Set();
  const visit = (file, path) => {
    assert.ok(!path.includes(file), [...path, file].join(" > "));
    if (done.has(file)) return;
    for (const target of importsOf(file)) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
});

test("every file begins with a comment that says its subject", () => {
  const bare = FILES.filter((file) => !textOf(file).startsWith("/**"));
  assert.deepEqual(bare, []);
});
