import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { emptyWhenLarge, isOwn, moduleCacheFolder } from "../../dist/hook/module-cache.js";
import { tempDir } from "./support.mjs";

const REGISTER = new URL("../../dist/register.js", import.meta.url).href;
const MODULE = new URL("../../dist/hook/module-cache.js", import.meta.url).href;
const HAS_CACHE = Number(process.versions.node.split(".")[0]) >= 22;

/** Runs a process with the hook, which says where Node keeps modules for it and its children. */
function run(env) {
  const script =
    "const { getCompileCacheDir } = require('node:module');" +
    "console.log(JSON.stringify([getCompileCacheDir?.() ?? null, process.env.NODE_COMPILE_CACHE ?? null]))";
  const base = { ...process.env };
  for (const name of ["NODE_COMPILE_CACHE", "NODE_DISABLE_COMPILE_CACHE", "NODE_OPTIONS"]) {
    delete base[name];
  }
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", REGISTER, "-e", script], {
    env: { ...base, ...env },
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

test("the folder is the user's own, or the one that is named", () => {
  const caches = tempDir();
  const ours = join(caches, "hyperframes-native", "modules");
  if (process.platform !== "darwin") {
    assert.equal(moduleCacheFolder({ XDG_CACHE_HOME: caches }), ours);
  }
  const named = (value) => moduleCacheFolder({ HYPERFRAMES_NATIVE_MODULE_CACHE: value });
  assert.equal(named(caches), caches);
  assert.equal(named("off"), undefined);
  assert.equal(named("relative"), undefined);
});

test("a folder that others may write is not used", {
  skip: process.platform === "win32" ? "users have no numbers" : false,
}, () => {
  const dir = tempDir();
  chmodSync(dir, 0o755);
  assert.equal(isOwn(dir), true);
  chmodSync(dir, 0o777);
  assert.equal(isOwn(dir), false);
});

test("this process and those below it use it, unless the user has chosen", {
  skip: HAS_CACHE ? false : "this Node keeps no compiled modules",
}, () => {
  const dir = join(tempDir(), "cache");
  const [used, told] = run({ HYPERFRAMES_NATIVE_MODULE_CACHE: dir });
  assert.ok(used?.startsWith(dir), String(used));
  assert.equal(told, dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  const files = readdirSync(dir, { recursive: true }).filter((name) => name.includes("-"));
  assert.ok(files.length > 0, "it is filled");
  assert.deepEqual(run({ HYPERFRAMES_NATIVE_MODULE_CACHE: "off" }), [null, null]);
  const other = join(tempDir(), "other");
  const [chosen] = run({ HYPERFRAMES_NATIVE_MODULE_CACHE: dir, NODE_COMPILE_CACHE: other });
  assert.ok(chosen?.startsWith(other), String(chosen));
  assert.deepEqual(run({ HYPERFRAMES_NATIVE_MODULE_CACHE: dir, NODE_DISABLE_COMPILE_CACHE: "1" }), [
    null,
    null,
  ]);
});

test("a folder that has grown too large is emptied, at most once a day", () => {
  const dir = tempDir();
  mkdirSync(join(dir, "v1"));
  const file = join(dir, "v1", "module");
  writeFileSync(file, "0123456789");
  emptyWhenLarge(dir, 10);
  assert.ok(existsSync(file), "it is not too large");
  emptyWhenLarge(dir, 9);
  assert.ok(existsSync(file), "it was measured a moment ago");
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  utimesSync(join(dir, ".measured"), yesterday, yesterday);
  emptyWhenLarge(dir, 9);
  assert.equal(existsSync(file), false);
});

test("processes that empty a folder at the same time do not disturb each other", async () => {
  const dir = tempDir();
  // Each fills it, forgets that it was measured, and empties it.
  const code = `
    const { mkdirSync, rmSync, writeFileSync } = require("node:fs");
    const { workerData: { dir, module } } = require("node:worker_threads");
    const fill = (folder) => {
      mkdirSync(folder, { recursive: true });
      for (let file = 0; file < 20; file++) writeFileSync(folder + "/" + file, "0");
    };
    import(module).then(({ emptyWhenLarge }) => {
      for (let round = 0; round < 60; round++) {
        try { fill(dir + "/v" + (round % 3) + "/w"); } catch {}
        rmSync(dir + "/.measured", { force: true });
        emptyWhenLarge(dir, 0);
      }
    });`;
  const ended = Array.from({ length: 4 }, () => {
    const worker = new Worker(code, { eval: true, workerData: { dir, module: MODULE } });
    return once(worker, "exit");
  });
  const codes = await Promise.all(ended);
  assert.deepEqual(codes.flat(), [0, 0, 0, 0]);
  assert.ok(existsSync(join(dir, ".measured")));
});
