/**
 * The contract of the CLI by shape, under the newest CLI: what both engines tell is alike, but for
 * differences with a reason. `npm run contract:versions` looks at more, under six versions.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonOf } from "./shapes/accepted.mjs";
import { compareScenario } from "./shapes/compare.mjs";
import { differences, merge, shapeOf } from "./shapes/shape.mjs";

const VERSION = "0.8.170";

for (const name of ["render", "strict"]) {
  test(`what both engines tell of "${name}" is alike`, { timeout: 120_000 }, async () => {
    const { faults, reasons, told } = await compareScenario(VERSION, name);
    assert.deepEqual(faults, []);
    assert.equal(reasons, undefined, "this engine renders");
    assert.ok(Object.keys(told.native.trace).length > 5);
    assert.ok(Object.keys(told.native.events).some((event) => event.startsWith("render_")));
  });
}

test("shapes differ where keys and types do", () => {
  const theirs = shapeOf({ a: 1, b: [{ c: "x" }, { d: null }], e: [] });
  assert.deepEqual(differences(theirs, theirs), []);
  assert.deepEqual(
    differences(theirs, shapeOf({ a: "1", b: [{ c: "y" }], e: [1], f: 2 })),
    [
      { path: "a", theirs: "number", ours: "string" },
      { path: "b[].d", theirs: "null", ours: "-" },
      { path: "f", theirs: "-", ours: "number" },
    ].filter(({ theirs: type }) => type !== "null"),
  );
  assert.deepEqual(merge([shapeOf(1), shapeOf("a")]), { type: "number|string" });
});

test("a reason is one for its values and versions only", () => {
  const reason = (version, value, theirs, ours) =>
    reasonOf(
      { value, path: value, theirs: JSON.stringify(theirs), ours: JSON.stringify(ours) },
      version,
    );
  const stages = ["compile", "extract_video", "process_audio", "capture"];
  assert.match(reason(VERSION, "stages", stages, ["compile", "capture"]), /no stages here/);
  assert.equal(reason(VERSION, "stages", stages, ["compile"]), undefined);
  const cancelled = [["cancelled", "cancelled"]];
  assert.match(reason("0.8.64", "outcomes", [], cancelled), /a signal ends/);
  assert.equal(reason(VERSION, "outcomes", [], cancelled), undefined);
  assert.equal(reason("0.6.121", "exit", 0, 1), undefined);
});
