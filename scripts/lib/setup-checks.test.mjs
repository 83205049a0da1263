import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { findBrowser } from "./browser.mjs";
import { hasTestSwitches, isOutdated } from "./build.mjs";
import { outdatedPackages } from "./npm-packages.mjs";
import { adviceFor } from "./system-packages.mjs";

const MACHINE = { platform: "linux", arch: "x64" };

test("packages are compared by version; foreign platforms do not count", () => {
  const wanted = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/b": { version: "2.0.0" },
      "node_modules/c-darwin": { version: "1.0.0", optional: true, os: ["darwin"], cpu: ["x64"] },
      "node_modules/c-linux": { version: "1.0.0", optional: true, os: ["linux"], cpu: ["x64"] },
      "node_modules/d": { version: "1.0.0", optional: true },
    },
  };
  const installed = {
    packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.9.0" } },
  };
  const outdated = outdatedPackages(wanted, installed, MACHINE);
  assert.deepEqual(outdated, ["node_modules/b", "node_modules/c-linux"]);
  assert.deepEqual(outdatedPackages(wanted, wanted, MACHINE), []);
  assert.equal(outdatedPackages(wanted, undefined, MACHINE).length, 3);
});

test("output is outdated when missing, older than a source, or after a source was removed", (t) => {
  const root = mkdtempSync(join(tmpdir(), "build-"));
  t.after(() => rmSync(root, { recursive: true }));
  const touch = (path, seconds) => utimesSync(join(root, path), seconds, seconds);
  mkdirSync(join(root, "src", "deep"), { recursive: true });
  writeFileSync(join(root, "src", "deep", "a.rs"), "");
  writeFileSync(join(root, "out.node"), "");
  for (const path of ["src/deep/a.rs", "src/deep", "src"]) touch(path, 1_000);
  touch("out.node", 2_000);

  assert.equal(isOutdated("out.node", ["src", "absent.toml"], root), false);
  assert.equal(isOutdated(undefined, ["src"], root), true);
  assert.equal(isOutdated("absent.node", ["src"], root), true);
  touch("src/deep/a.rs", 3_000);
  assert.equal(isOutdated("out.node", ["src"], root), true);
  touch("src/deep/a.rs", 1_000);
  touch("src/deep", 3_000);
  assert.equal(isOutdated("out.node", ["src"], root), true);
});

test("an addon without the switches for tests is not the one for tests", (t) => {
  const root = mkdtempSync(join(tmpdir(), "build-"));
  t.after(() => rmSync(root, { recursive: true }));
  const addon = (name, bytes) => {
    writeFileSync(join(root, name), bytes);
    return join(root, name);
  };
  const bytes = Buffer.from([0x7f, 0xff, 0]);
  assert.equal(hasTestSwitches(addon("published", bytes)), false);
  const name = Buffer.from("HF_NATIVE_PANIC_AT_BLEND");
  assert.equal(hasTestSwitches(addon("test", Buffer.concat([bytes, name, bytes]))), true);
});

test("a browser variable that names no executable is an error with its name", (t) => {
  const before = process.env.PRODUCER_HEADLESS_SHELL_PATH;
  t.after(() => {
    if (before === undefined) delete process.env.PRODUCER_HEADLESS_SHELL_PATH;
    else process.env.PRODUCER_HEADLESS_SHELL_PATH = before;
  });
  process.env.PRODUCER_HEADLESS_SHELL_PATH = "no/such/browser";
  assert.throws(findBrowser, /PRODUCER_HEADLESS_SHELL_PATH is "no\/such\/browser"/);
  process.env.PRODUCER_HEADLESS_SHELL_PATH = process.execPath;
  assert.equal(findBrowser(), process.execPath);
});

test("machines without a package manager are told what to type", () => {
  const advice = adviceFor(["ffmpeg", "browser"]);
  assert.match(advice, /install ffmpeg/);
  assert.match(advice, /npx @puppeteer\/browsers install chrome-headless-shell/);
  assert.doesNotMatch(advice, /linker/);
});
