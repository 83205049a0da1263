// The addon's frame cache from JavaScript.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { FrameSourceCache, NativeRenderError } from "../../dist/index.js";

const MIB = 1024 * 1024;
const dir = mkdtempSync(path.join(os.tmpdir(), "hf-frame-cache-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const file = (name, bytes) => {
  const at = path.join(dir, name);
  writeFileSync(at, Buffer.alloc(bytes, name));
  return at;
};

test("one read for many askers, and the bytes of the file", async () => {
  const cache = new FrameSourceCache();
  const at = file("a", 1000);
  const all = await Promise.all(Array.from({ length: 8 }, () => cache.get(at)));
  for (const bytes of all) assert.deepEqual(bytes, Buffer.alloc(1000, "a"));
  const { hits, misses, entries, bytes } = cache.stats();
  assert.deepEqual(
    { hits, misses, entries, bytes },
    { hits: 7, misses: 1, entries: 1, bytes: 1000 },
  );
});

test("the oldest goes first, and neither bound is passed", async () => {
  const cache = new FrameSourceCache({ entries: 32, megabytes: 64 });
  const files = Array.from({ length: 5 }, (_, i) => file(`f${i}`, 20 * MIB));
  for (const at of files) await cache.get(at);
  let stats = cache.stats();
  assert.equal(stats.entries, 3);
  assert.equal(stats.evictions, 2);
  assert.ok(stats.peakBytes <= 64 * MIB, `${stats.peakBytes}`);
  await cache.get(files[4]);
  await cache.get(files[0]);
  stats = cache.stats();
  assert.deepEqual([stats.hits, stats.misses], [1, 6]);
});

test("what is larger than the budget is read and not kept", async () => {
  const cache = new FrameSourceCache({ megabytes: 64 });
  const at = file("large", 65 * MIB);
  assert.equal((await cache.get(at)).length, 65 * MIB);
  const { oversized, entries } = cache.stats();
  assert.deepEqual({ oversized, entries }, { oversized: 1, entries: 0 });
});

test("bad input is named", async () => {
  const gone = path.join(dir, "gone");
  await assert.rejects(new FrameSourceCache().get(gone), (error) => {
    assert.ok(error instanceof NativeRenderError);
    assert.equal(error.code, "HF_NATIVE_IO");
    return error.message.includes(gone);
  });
  for (const entries of [0, -1, Number.NaN, "9"]) {
    assert.throws(() => new FrameSourceCache({ entries }), { code: "HF_NATIVE_INVALID_OPTION" });
  }
});
