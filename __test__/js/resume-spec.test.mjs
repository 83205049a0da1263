/** When a render is divided, and how. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resumeSpec } from "../../dist/wire/resume-spec.js";

const always = { minSeconds: 0 };
for (const [name, config, env, args, expected] of [
  ["by default", {}, {}, [], { minSeconds: 30 }],
  ["asked for", { resume: true }, {}, [], always],
  ["--resume", { resumeSegments: true }, {}, [], always],
  ["--keep-segments", { keepSegments: true }, {}, [], { ...always, keep: true }],
  ["HF_SEGMENTED_CAPTURE=true", {}, { HF_SEGMENTED_CAPTURE: "true" }, [], always],
  ["off by the field", { resume: false }, {}, [], undefined],
  ["off by the flag", {}, {}, ["render", "--no-resume"], undefined],
  ["off by the variable", { resumeSegments: true }, { HF_SEGMENTED_CAPTURE: "off" }, [], undefined],
  ["strict", { strictness: "strict" }, {}, [], undefined],
  [
    "other figures",
    {},
    { HF_SEGMENT_FRAMES: "90", HF_SEGMENTED_MIN_SECONDS: "5" },
    [],
    {
      segmentFrames: 90,
      minSeconds: 5,
    },
  ],
  ["least frames", {}, { HF_SEGMENT_FRAMES: "3" }, [], { segmentFrames: 30, minSeconds: 30 }],
  [
    "no figures",
    {},
    { HF_SEGMENT_FRAMES: "x", HF_SEGMENTED_MIN_SECONDS: "" },
    [],
    { minSeconds: 30 },
  ],
]) {
  test(`resume: ${name}`, () => assert.deepEqual(resumeSpec(config, env, args), expected));
}
