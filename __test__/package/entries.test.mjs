/** Every entry, imported and required from a folder where the package is installed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { entryNames } from "../../scripts/cjs-entries.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";

const NAME = "@hyperframes/producer-native";
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const specifiers = entryNames(exports).map((name) => (name === "index" ? NAME : `${NAME}/${name}`));
const dir = mkdtempSync(join(tmpdir(), "hf-entries-"));

before(() => {
  mkdirSync(join(dir, "node_modules", "@hyperframes"), { recursive: true });
  symlinkSync(ROOT, join(dir, "node_modules", ...NAME.split("/")));
});
after(() => rmSync(dir, { recursive: true, force: true }));

/** Node and, where it is another one, the Node of the CLI. */
const nodes = [...new Set([process.execPath, process.env.HF_TEST_CLI_NODE ?? process.execPath])];

function node(args, source, extension, at = process.execPath) {
  const script = join(dir, `script.${extension}`);
  writeFileSync(script, source);
  const env = { ...process.env, HYPERFRAMES_NATIVE_MODULE_CACHE: "off" };
  delete env.NODE_OPTIONS;
  const options = { cwd: dir, env, encoding: "utf8", timeout: 60_000 };
  const { status, stdout, stderr } = spawnSync(at, [...args, script], options);
  assert.equal(status, 0, stderr);
  return stdout;
}

test("package.json names all entries for `import` and for `require`", () => {
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== "./package.json");
  assert.equal(specifiers.length, subpaths.length);
  for (const subpath of subpaths) {
    const { import: esm, require: cjs } = exports[subpath];
    for (const { types, default: module } of [esm, cjs]) {
      for (const path of [types, module]) readFileSync(join(ROOT, path));
    }
  }
});

for (const at of nodes) {
  test(`${at} requires what it imports: the same classes and functions`, {
    timeout: 60_000,
  }, () => {
    const source = `
      const assert = require("node:assert/strict");
      (async () => {
        for (const name of ${JSON.stringify(specifiers)}) {
          const required = require(name);
          const imported = await import(name);
          const names = Object.keys(imported);
          assert.deepEqual(Object.keys(required).filter((key) => key !== "__esModule"), names, name);
          for (const key of names) assert.equal(required[key], imported[key], name + " " + key);
        }
        console.log("same");
      })();`;
    assert.equal(node([], source, "cjs", at), "same\n");
  });

  test(`${at} registers by --import and by --require`, { timeout: 60_000 }, () => {
    const source = `console.log(Symbol.for("${NAME}/hook-installed") in globalThis);`;
    for (const flag of ["--import", "--require"]) {
      assert.equal(node([flag, `${NAME}/register`], source, "cjs", at), "true\n", flag);
    }
  });
}
