/** What the time of a render went into, and the hint that would help most. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderTimes, renderTimesText } from "@hyperframes/producer-native";
import { chooseHint } from "../../dist/progress/hint.js";

const recorded = JSON.parse(
  readFileSync(new URL("recorded-renders.json", import.meta.url), "utf8"),
);

/** Figures of a render that spends its time on drawing. */
const figures = {
  totalSeconds: 20,
  startSeconds: 2,
  framesSeconds: 18,
  frames: 180,
  perFrame: { seek: 2, capture: 90, convert: 4, encodeWait: 8 },
  lane: "surface",
  mode: "beginframe",
  waitedSeconds: 0,
  workers: 1,
  boundBy: "cpu",
  cpuWorkers: 1,
  preset: "medium",
  usesGpu: false,
  width: 1920,
  height: 1080,
};
const codeOf = (more) => chooseHint({ ...figures, ...more })?.code;

test("each kind of slowness has its hint", () => {
  assert.equal(codeOf({}), "drawing");
  assert.equal(
    codeOf({ perFrame: { seek: 70, capture: 20, convert: 4, encodeWait: 8 } }),
    "script",
  );
  assert.equal(
    codeOf({ perFrame: { seek: 2, capture: 20, convert: 4, encodeWait: 95 } }),
    "encoder",
  );
  assert.equal(codeOf({ lane: "screenshot", mode: "screenshot" }), "photographed");
  assert.equal(codeOf({ waitedSeconds: 12 }), "other_renders");
  assert.equal(codeOf({ startSeconds: 15, framesSeconds: 5 }), "start");
  assert.equal(codeOf({ boundBy: "memory", cpuWorkers: 8 }), "memory");
  assert.equal(codeOf({ boundBy: "explicit", cpuWorkers: 8 }), "workers");
  // One browser has to see every frame there: more of them are no help.
  assert.equal(codeOf({ boundBy: "page_state", cpuWorkers: 8 }), "drawing");
});

test("what would save little is not said", () => {
  assert.equal(codeOf({ framesSeconds: 4, startSeconds: 9 }), undefined);
});

test("only what is not in use yet is advised", () => {
  const slow = { perFrame: { seek: 2, capture: 20, convert: 4, encodeWait: 95 } };
  const text = (more) => chooseHint({ ...figures, ...slow, ...more }).text;
  assert.match(text({}), /--quality draft.*--gpu/);
  assert.doesNotMatch(text({ preset: "ultrafast" }), /draft/);
  assert.doesNotMatch(text({ usesGpu: true, preset: undefined }), /--gpu/);
});

test("hints of recorded renders", () => {
  const hints = Object.entries(recorded).map(([name, { perf }]) => [
    name,
    renderTimes(perf).hint?.code,
  ]);
  assert.deepEqual(Object.fromEntries(hints), {
    // x264's `medium` is busy for 78 % of the time.
    "launch-standard": "encoder",
    "motion-draft": "drawing",
    "slides-draft": "drawing",
    "text-draft": "drawing",
    "video-1-draft": "drawing",
  });
});

test("the parts are one after the other, and add up", () => {
  for (const [name, { perf }] of Object.entries(recorded)) {
    const { totalSeconds, parts, steps } = renderTimes(perf);
    assert.deepEqual(
      parts.map((part) => part.name),
      ["compile", "start", "frames", "finish"],
    );
    const sum = parts.reduce((all, { seconds }) => all + seconds, 0);
    assert.ok(Math.abs(sum - totalSeconds) < 0.001, name);
    assert.ok(
      parts.every(({ seconds }) => seconds >= 0),
      name,
    );
    assert.ok(
      steps.every(
        (step, index) => index === 0 || step.milliseconds <= steps[index - 1].milliseconds,
      ),
    );
  }
});

test("as text", () => {
  const text = renderTimesText(renderTimes(recorded["launch-standard"].perf));
  assert.match(text, /^What the 30\.4 s of the render went into:\n/);
  assert.match(text, /\n {2}frames +25\.7 s +84 % +180, 7\.0 a second\n/);
  assert.match(text, /\n {4}drawing in Chrome +116\.5 ms\n/);
  assert.equal(text.match(/^Hint: /gm).length, 1);
});

test("a render of the HyperFrames engine has parts, and neither steps nor a hint", () => {
  const { native: _, ...perf } = recorded["launch-standard"].perf;
  const times = renderTimes(perf);
  assert.deepEqual([times.steps, times.hint], [[], undefined]);
  assert.doesNotMatch(renderTimesText(times), /Hint/);
});
