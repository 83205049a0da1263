/** The folders of js/ in their order: each imports only from folders before it, and no file in a circle. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const JS = fileURLToPath(new URL("../../js", import.meta.url));

/** The entry files of the package, in js/ itself, come last. */
const ORDER =
  "base progress hook upstream options wire compile job frames api chunks exports service fleet doctor bench cli .".split(
    " ",
  );

const FILES = readdirSync(JS, { recursive: true })
  .map((file) => String(file).replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"));

/** The files of js/ that a file imports. */
function importsOf(file) {
  const text = readFileSync(join(JS, file), "utf8");
  return [...text.matchAll(/\b(?:from|import) "(\.[^"]+)\.js"/g)].map(
    ([, path]) => `${posix.join(dirname(file), path)}.ts`,
  );
}

/** The folder of js/ that a file is in. */
const folderOf = (file) => (file.includes("/") ? file.split("/")[0] : ".");

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
  const bare = FILES.filter((file) => !readFileSync(join(JS, file), "utf8").startsWith("/**"));
  assert.deepEqual(bare, []);
});
