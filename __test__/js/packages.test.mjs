import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { Module } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { findPackage } from "../../dist/base/packages.js";
import { tempDir } from "./support.mjs";

/** A package in a folder. */
function packageAt(dir, name, version) {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name, version }));
}

test("without node_modules a package is found as Yarn says (Plug'n'Play)", (t) => {
  const dir = tempDir();
  packageAt(join(dir, "cache", "x"), "x", "1.0.0");
  const asked = [];
  Module.findPnpApi = (path) => ({
    resolveToUnqualified(name, issuer) {
      asked.push([path, name, issuer]);
      if (name !== "x") throw new Error("not a dependency");
      return join(dir, "cache", "x");
    },
  });
  t.after(() => delete Module.findPnpApi);
  assert.equal(findPackage("x", dir)?.version, "1.0.0");
  assert.deepEqual(asked, [[`${dir}/`, "x", `${dir}/`]]);
  assert.equal(findPackage("y", dir), undefined);
  // What lies in node_modules goes first.
  packageAt(join(dir, "node_modules", "x"), "x", "2.0.0");
  assert.equal(findPackage("x", dir)?.version, "2.0.0");
});

test("a project that Yarn does not know is one without the package", (t) => {
  Module.findPnpApi = () => null;
  t.after(() => delete Module.findPnpApi);
  assert.equal(findPackage("surely-not-installed", tempDir()), undefined);
});
