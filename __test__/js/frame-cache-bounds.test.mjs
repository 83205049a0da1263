import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCacheBounds } from "../../dist/api/frame-source-cache.js";

// Upstream's tiers and lower limits.
for (const [name, options, env, memory, expected] of [
  ["a small machine", {}, {}, 3000, [32, 128]],
  ["8 GB", {}, {}, 8192, [64, 256]],
  ["a large machine", {}, {}, 24_000, [256, 1500]],
  [
    "variables",
    {},
    {
      PRODUCER_FRAME_DATA_URI_CACHE_LIMIT: "40",
      PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB: "256",
    },
    24_000,
    [40, 256],
  ],
  [
    "variables below the floors",
    {},
    { PRODUCER_FRAME_DATA_URI_CACHE_LIMIT: "1", PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB: "1" },
    24_000,
    [32, 64],
  ],
  ["nonsense", {}, { PRODUCER_FRAME_DATA_URI_CACHE_LIMIT: "many" }, 24_000, [256, 1500]],
  [
    "options win",
    { entries: 50, megabytes: 100 },
    { PRODUCER_FRAME_DATA_URI_CACHE_LIMIT: "40" },
    3000,
    [50, 100],
  ],
]) {
  test(`bounds of the frame cache: ${name}`, () => {
    const { entries, megabytes } = frameCacheBounds(options, env, memory);
    assert.deepEqual([entries, megabytes], expected);
  });
}
