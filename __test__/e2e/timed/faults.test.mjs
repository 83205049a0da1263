/** The part of the fault matrix that runs every time; `npm run faults` runs all of it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lackingFor, nameOf, runCell } from "../../faults/cell.mjs";
import { CELLS } from "../../faults/cells.mjs";

// Mostly waiting, so two at a time.
describe("faults", { concurrency: 2 }, () => {
  for (const cell of CELLS.filter(({ fast }) => fast)) {
    test(nameOf(cell), { skip: lackingFor(cell) ?? false }, async () => {
      const { problem } = await runCell(cell);
      assert.ok(!problem, problem);
    });
  }
});
