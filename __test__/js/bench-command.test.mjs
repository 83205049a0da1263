/** `hyperframes-native bench` where nothing can be rendered. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { newerNode } from "../contract/environment.mjs";
import { ROOT } from "./support.mjs";

test("without HyperFrames it says where it looked, and how to install it", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "hf-alone-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const own = join(dir, "node_modules", "@hyperframes", "producer-native");
  mkdirSync(own, { recursive: true });
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(join(ROOT, part), join(own, part), { recursive: true });
  }
  writeFileSync(join(dir, "index.html"), "<!doctype html>");
  const args = [join(own, "bin", "hyperframes-native.js"), "bench"];
  const options = { cwd: dir, encoding: "utf8", timeout: 30_000 };
  const { status, stdout, stderr } = spawnSync(await newerNode(), args, options);
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^hyperframes-native bench: The hyperframes CLI is not installed/);
  assert.match(stderr, /npm install hyperframes/);
});
