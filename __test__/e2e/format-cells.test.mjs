/** A few cells of the table of formats; `npm run matrix:formats` compares all of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareCell } from "../conformance/formats/cell.mjs";
import { cellsOf } from "../conformance/formats/cells.mjs";

test("the table has every combination once", () => {
  const names = cellsOf([]).map(({ name }) => name);
  assert.equal(new Set(names).size, 336);
});

for (const words of [
  "mp4 high opaque sound 29.97 odd",
  "hlg draft sound 29.97 odd",
  "webm standard clear sound 29.97 odd",
  "mov draft clear sound 25 odd",
  "gif draft clear silent 29.97 odd",
  "png-sequence draft opaque silent 25 even",
  "png-sequence standard clear sound 25 odd",
]) {
  test(words, async () => {
    const [cell, ...more] = cellsOf(words.split(" "));
    assert.equal(more.length, 0);
    assert.deepEqual(await compareCell(cell), []);
  });
}
