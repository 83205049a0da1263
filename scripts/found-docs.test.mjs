/** docs/found.md: the tests that it names exist. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nameOf } from "../__test__/faults/cell.mjs";
import { CELLS } from "../__test__/faults/cells.mjs";
import { ROOT } from "./lib/run.mjs";

const FAULTS = 14;

/** Cells of the table's rows: number, fault, what mends it, tests, before. */
const rows = readFileSync(join(ROOT, "docs", "found.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| (?:\d+ )?\| /.test(line))
  .slice(1)
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| ?|\|$/g, "").trim()));

/** @returns {string | undefined} why there is no such test */
function missing(named) {
  const [file, name] = [named.slice(0, named.indexOf(": ")), named.slice(named.indexOf(": ") + 2)];
  if (file === "faults") {
    return CELLS.some((cell) => nameOf(cell) === name) ? undefined : "no such cell";
  }
  const path = join(ROOT, file);
  if (!existsSync(path)) return "no such file";
  const text = readFileSync(path, "utf8");
  const found = file.endsWith(".rs")
    ? new RegExp(`#\\[(?:tokio::)?test\\]\\s+(?:async )?fn ${name}\\(`).test(text)
    : ['"', "`"].some((quote) => text.includes(`${quote}${name}`));
  return found ? undefined : "no such test in that file";
}

test("every test that docs/found.md names exists", () => {
  const named = rows.flatMap((row) => [...row[3].matchAll(/`([^`]+)`/g)].map(([, test]) => test));
  assert.ok(named.length > FAULTS);
  assert.deepEqual(
    named.map((test) => [test, missing(test)]).filter(([, why]) => why),
    [],
  );
});

test("docs/found.md has all faults, and says of every part whether a test holds it", () => {
  const numbers = rows.flatMap(([number]) => (number ? [Number(number)] : []));
  assert.deepEqual(
    numbers,
    [...Array(FAULTS)].map((_, at) => at + 1),
  );
  for (const row of rows) {
    assert.equal(row.length, 5, row.join(" | "));
    assert.match(row[3], /^(?:`[^`]+`(?:, )?)+$|^no test$/, row[1]);
  }
});
