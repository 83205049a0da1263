import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { test } from "node:test";
import { compile } from "../../dist/compile/index.js";
import { loadCompiled, saveCompiled } from "../../dist/compile/save.js";
import { fakeUpstream, project, tempDir } from "./support.mjs";

const config = { fps: 30, quality: "standard" };

function richProject() {
  const html =
    '<html><head><script src="node_modules/lib/lib.js?v=1"></script></head><body></body></html>';
  const dir = project(html);
  for (const folder of [
    "img",
    "node_modules/lib",
    "node_modules/other",
    "renders",
    "out",
    ".cache",
  ]) {
    mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, folder, "lib.js"), folder);
  }
  const outside = join(tempDir(), "font.woff2");
  writeFileSync(outside, "font");
  symlinkSync(outside, join(dir, "img", "font.woff2"));
  return { dir, upstream: fakeUpstream({ html }) };
}

test("a saved composition can be moved and loaded without the project", async () => {
  const { dir, upstream } = richProject();
  const compiled = await compile(upstream, dir, config);
  const target = join(tempDir(), "saved");
  const file = await saveCompiled(compiled.composition, target);
  await compiled.dispose();
  const saved = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(
    [saved.projectDir, saved.compiledDir, saved.documentPath],
    ["project", "compiled", "document.html"],
  );
  const moved = join(tempDir(), "moved");
  renameSync(target, moved);
  for (const path of [moved, join(moved, "compiled.json")]) {
    const loaded = await loadCompiled(path);
    assert.deepEqual(
      { ...loaded, projectDir: 0, compiledDir: 0, documentPath: 0 },
      {
        ...compiled.composition,
        projectDir: 0,
        compiledDir: 0,
        documentPath: 0,
      },
    );
    for (const key of ["projectDir", "compiledDir", "documentPath"]) {
      assert.ok(isAbsolute(loaded[key]) && existsSync(loaded[key]), key);
    }
    assert.ok(existsSync(join(loaded.compiledDir, "index.html")));
  }
});

test("assets come along, the rest stays", async () => {
  const { dir, upstream } = richProject();
  const compiled = await compile(upstream, dir, config);
  const target = tempDir();
  await saveCompiled(compiled.composition, target);
  await compiled.dispose();
  const has = (path) => existsSync(join(target, "project", path));
  assert.equal(readFileSync(join(target, "project/img/font.woff2"), "utf8"), "font");
  assert.equal(has("img/lib.js"), true);
  assert.equal(has("node_modules/lib/lib.js"), true, "named by the page");
  for (const path of ["node_modules/other", "renders", "out", ".cache"]) {
    assert.equal(has(path), false, path);
  }
});

test("a target within the project does not copy itself", async () => {
  const { dir, upstream } = richProject();
  const compiled = await compile(upstream, dir, config);
  await saveCompiled(compiled.composition, join(dir, "saved"));
  await compiled.dispose();
  assert.equal(existsSync(join(dir, "saved/project/index.html")), true);
  assert.equal(existsSync(join(dir, "saved/project/saved")), false);
});

for (const [name, content, text] of [
  ["no JSON", "{", /cannot be read/],
  ["no object", "5", /holds no object/],
  ["another schema", '{"schemaVersion":2}', /schemaVersion 2, expected 1/],
  ["a missing path", '{"schemaVersion":1}', /lacks the text field projectDir/],
  [
    "a missing size",
    '{"schemaVersion":1,"projectDir":"","compiledDir":"","documentPath":"","preHead":"","entryFile":""}',
    /lacks the number width/,
  ],
]) {
  test(`loadCompiled names what is wrong: ${name}`, async () => {
    const file = join(tempDir(), "compiled.json");
    writeFileSync(file, content);
    await assert.rejects(loadCompiled(file), (error) => {
      assert.equal(error.code, "HF_NATIVE_COMPILED_FILE");
      assert.ok(error.message.startsWith(file));
      assert.match(error.message, text);
      return true;
    });
  });
}

test("loadCompiled names a file that is not there", async () => {
  await assert.rejects(loadCompiled(join(tempDir(), "nothing")), /compiled\.json cannot be read/);
});
