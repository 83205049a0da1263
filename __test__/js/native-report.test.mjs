import assert from "node:assert/strict";
import { test } from "node:test";
import { nativeReport } from "../../dist/bench/native-report.js";

const line = (report) => `[INFO] [Native] render finished ${JSON.stringify(report)}`;

test("the report of the last render is found in what was printed", () => {
  const report = { lane: "surface", msPerFrame: { seek: 1.5 }, frameCache: { peakBytes: 7 } };
  assert.deepEqual(nativeReport(`a\n${line({ lane: "x" })}\n${line(report)}\r\nb`), report);
});

test("no report, or half of one, is none", () => {
  assert.equal(nativeReport("nothing"), undefined);
  assert.equal(nativeReport(line({ lane: "surface" }).slice(0, -3)), undefined);
});
