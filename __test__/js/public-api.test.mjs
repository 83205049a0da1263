/** What callers can import from the package: functions, classes, types and error codes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as api from "@hyperframes/producer-native";
import * as studio from "@hyperframes/producer-native/studio";
import { NATIVE_ERROR_CODES } from "../../dist/base/error-codes.js";
import * as producer from "../../dist/exports/producer.js";
import { exportTable } from "../../scripts/lib/export-tables.mjs";
import { checkTypes, ROOT } from "./support.mjs";

test("the entries export these names", () => {
  const own = Object.keys(api).filter((name) => !(name in producer));
  assert.deepEqual(own.sort(), [
    "BlendPool",
    "FrameSourceCache",
    "NativeRenderError",
    "RenderCancelledError",
    "RenderQualityError",
    "closeFrames",
    "compile",
    "createConsoleLogger",
    "createFrameRenderer",
    "createRenderJob",
    "defaultLogger",
    "executeRenderJob",
    "loadCompiled",
    "progressLine",
    "renderFrame",
    "renderJob",
    "renderRange",
    "renderTimes",
    "renderTimesText",
    "resolveUpstream",
    "saveCompiled",
    "startServer",
    "thumbnails",
    "wrapProducer",
  ]);
  assert.deepEqual(Object.keys(studio).sort(), [
    "createStartRender",
    "createStudioAdapter",
    "startRender",
  ]);
});

test("the declarations of the entry name no internals", () => {
  const text = readFileSync(join(ROOT, "dist", "index.d.ts"), "utf8");
  for (const name of ["loadBinding", "createEngine", "buildRenderSpec", "NativeBinding"]) {
    assert.equal(text.includes(name), false, name);
  }
});

test("the types are those that callers are promised", { timeout: 60_000 }, () => {
  assert.equal(checkTypes("public-types.ts"), "");
});

test("the error codes are those of docs/errors.md", () => {
  const text = readFileSync(join(ROOT, "docs", "errors.md"), "utf8");
  const documented = [...text.matchAll(/^\| `(HF_NATIVE_[A-Z_]+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual([...NATIVE_ERROR_CODES].sort(), documented.sort());
});

test("docs/compatibility.md has the exports", () => {
  const text = readFileSync(join(ROOT, "docs", "compatibility.md"), "utf8");
  assert.ok(text.includes(exportTable()), "run `npm run compatibility`");
});

test("importing an entry loads no upstream, and nothing is found out by asking for a class", () => {
  assert.equal(new Error("x") instanceof api.FontFetchError, false);
  assert.equal(api.FontFetchError.name, "FontFetchError");
  assert.equal(typeof api.DEFAULT_CONFIG, "object");
  assert.equal(api.plan.name, "plan");
});
