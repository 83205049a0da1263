/** Every option of the installed upstream has its place in the table and in the documentation. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OPTIONS, optionTables, targetOf } from "../../dist/options/table.js";
import { upstreamOptions } from "../../scripts/lib/upstream-options.mjs";
import { ROOT } from "./support.mjs";

const upstream = upstreamOptions(join(ROOT, "node_modules", "hyperframes"));
const KINDS = [
  ["setting", upstream.settings, 40],
  ["field", upstream.fields, 20],
  ["flag", upstream.flags, 40],
  ["variable", upstream.variables, 90],
];

for (const [kind, found, least] of KINDS) {
  const listed = OPTIONS.filter((option) => option.kind === kind).map(({ name }) => name);

  test(`each ${kind} of the installed HyperFrames is in the table`, () => {
    assert.ok(found.length >= least, `${found.length} were found: is the search still right?`);
    const missing = found.filter((name) => !listed.includes(name));
    assert.deepEqual(missing, [], "put them into js/options/, honoured or with a reason");
  });

  test(`the table has no ${kind} twice, and none that upstream lacks`, () => {
    assert.deepEqual(listed, [...new Set(listed)]);
    const bare = (name) => name.replace(/^--/, "");
    const unknown = listed.filter((name) => !upstream.texts.includes(bare(name)));
    assert.deepEqual(unknown, []);
  });
}

test("an option that sets another names one of the table, with the same treatment", () => {
  for (const option of OPTIONS.filter((one) => one.sets)) {
    const { name, sets, treatment } = option;
    assert.equal(targetOf(option)?.treatment, treatment, `${name} sets ${sets}`);
  }
});

test("what is without effect has a reason", () => {
  for (const { name, note } of OPTIONS) assert.ok(note.length > 5, name);
});

test("docs/compatibility.md has the tables", () => {
  const text = readFileSync(join(ROOT, "docs", "compatibility.md"), "utf8");
  assert.ok(text.includes(optionTables()), "run `npm run compatibility`");
});
