/** The picture of memory beside the figures that it is drawn from. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./lib/run.mjs";
import { drawMemory, limitsOf, PICTURE } from "./memory-picture.mjs";

test("the picture is the one that `npm run picture:memory` draws", () => {
  const kept = readFileSync(join(ROOT, PICTURE), "utf8");
  assert.ok(kept === drawMemory(), `${PICTURE} is stale: npm run picture:memory`);
});

test("rows in a cgroup are read, others are not", () => {
  const text = `
## Little memory

| 4K, draft | none | yes | equal | 2 | 12052 MiB | 2697 MiB |  |  |  | 163.2 s |
| 4K, draft | 2 GiB | yes | 51.2 dB | 1 | 1024 MiB | 2024 MiB | 1770 MiB | 2048 MiB | 0 | 56.8 s |
| 4K, standard | 2 GiB | **no** |  |  | 0 MiB | 2191 MiB | 2031 MiB | 2048 MiB | 2 | 27.4 s |

## Another part

| 1080p, draft | 4 GiB | yes | equal | 1 | 2048 MiB | 1117 MiB |  |  |  | 27.9 s |
`;
  assert.deepEqual(limitsOf(text), [
    { render: "4K, draft", room: "2 GiB", budgetMib: 1024, peakMib: 2024, finished: true },
    { render: "4K, standard", room: "2 GiB", budgetMib: 0, peakMib: 2191, finished: false },
  ]);
});
