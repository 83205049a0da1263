/** What a render tells while it runs: the pace, the time that is left, and the lines that show them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { progressLine } from "@hyperframes/producer-native";
import { Eta, spanText } from "../../dist/progress/eta.js";
import { progressLineWith } from "../../dist/progress/line.js";
import { bar } from "../../dist/progress/view.js";

/** Reports of real renders: [milliseconds, percent, frames done, frames in all]. */
const recorded = JSON.parse(
  readFileSync(new URL("recorded-renders.json", import.meta.url), "utf8"),
);

/** What is shown at each report of a recording: seconds since the first one, and seconds left. */
function shownAt(reports) {
  const eta = new Eta();
  return reports.flatMap(([ms, , done, total]) => {
    const pace = eta.update(ms, done, total);
    return pace ? [{ at: ms / 1000, left: pace.etaSeconds }] : [];
  });
}

for (const [name, { reports }] of Object.entries(recorded)) {
  test(`the time that is left does not jump: ${name}`, () => {
    const shown = shownAt(reports);
    assert.ok(shown.length > reports.length / 2, "it is said for most of the render");
    for (const [index, { at, left }] of shown.entries()) {
      const before = shown[index - 1];
      // The last report has no frame left, whatever was expected.
      if (!before || index === shown.length - 1) continue;
      const jump = Math.abs(left - Math.max(0, before.left - (at - before.at)));
      assert.ok(jump <= Math.max(1.5, 0.2 * before.left), `${jump.toFixed(1)} s at ${at} s`);
    }
    const end = reports.at(-1)[0] / 1000;
    // In the last third it is right within a factor of two, where frames do not come evenly either.
    const late = shown.filter(({ at }) => at > reports[0][0] / 1000 + (end * 2) / 3);
    for (const { at, left } of late) {
      const real = end - at;
      assert.ok(left <= real * 2 + 1.5 && left >= real / 2 - 1.5, `${left} s, in truth ${real}`);
    }
  });
}

test("at a steady pace it is right, and counts down with the clock", () => {
  const eta = new Eta();
  for (let done = 0; done <= 100; done++) {
    const pace = eta.update(done * 100, done, 200);
    if (done < 15) assert.equal(pace, undefined, "too little is known");
    else {
      assert.ok(Math.abs(pace.etaSeconds - (200 - done) / 10) < 0.01);
      assert.ok(Math.abs(pace.framesPerSecond - 10) < 0.01);
    }
  }
  assert.equal(eta.update(20_000, 200, 200).etaSeconds, 0);
});

test("a machine that stands still for a minute does not multiply the time that is left", () => {
  const eta = new Eta();
  let last;
  for (let done = 0; done <= 80; done++) last = eta.update(done * 200, done, 180);
  assert.ok(Math.abs(last.etaSeconds - 20) < 0.1);
  for (let done = 81; done <= 110; done++) {
    last = eta.update(60_000 + done * 200, done, 180);
    const real = (180 - done) * 0.2;
    assert.ok(last.etaSeconds < real * 1.4 + 2, `${last.etaSeconds} s, and ${real} are left`);
  }
});

test("the marks of a long render are thinned, and the pace stays", () => {
  const eta = new Eta();
  let last;
  for (let done = 0; done <= 20_000; done++) last = eta.update(done * 50, done, 40_000);
  assert.ok(Math.abs(last.etaSeconds - 1000) < 1);
});

test("frames that suddenly take ten times as long change it step by step", () => {
  const eta = new Eta();
  let last;
  for (let done = 0; done <= 50; done++) last = eta.update(done * 100, done, 100);
  const before = last.etaSeconds;
  const after = eta.update(6000, 51, 100).etaSeconds;
  assert.ok(after > before - 1 && after < before * 1.5, `${before} became ${after}`);
  for (let done = 52; done <= 80; done++) last = eta.update(6000 + (done - 51) * 1000, done, 100);
  assert.ok(Math.abs(last.etaSeconds - 20) < 8, `${last.etaSeconds}, and 20 s are left`);
});

test("a render that begins again, with another lane, is timed again", () => {
  const eta = new Eta();
  for (let done = 0; done <= 50; done++) eta.update(done * 100, done, 100);
  assert.equal(eta.update(5100, 1, 100), undefined);
});

test("lengths of time", () => {
  const texts = [0.2, 8.4, 59.9, 61, 125, 3601, 4230].map(spanText);
  assert.deepEqual(texts, ["1 s", "8 s", "1 min", "1 min", "2 min 5 s", "1 h", "1 h 11 min"]);
  assert.deepEqual(
    [bar(0, 4), bar(50, 4), bar(99, 4), bar(100, 4)],
    ["░░░░", "██░░", "███░", "████"],
  );
});

/** A stream that keeps what is written. */
function stream(more) {
  const written = [];
  return { written, write: (text) => void written.push(text), ...more };
}

/** Plays a recording as a render job. */
function play(sink, clock, { reports }) {
  const job = { id: "j", status: "rendering", stageProgress: { code: "compile" }, progress: 5 };
  const tell = (message, more) => sink(Object.assign(job, more), message);
  tell("Compiling composition", {});
  for (const [ms, progress, done, total] of reports) {
    clock.ms = ms;
    tell(`Streaming frame ${done}/${total}`, {
      progress,
      stageProgress: { code: "capture", done, total },
    });
  }
  tell("Render complete", {
    status: "complete",
    progress: 100,
    stageProgress: undefined,
    totalFrames: 180,
    framesRendered: 180,
  });
}

test("in a terminal one line is written over and over, and never longer than it is wide", () => {
  const [out, clock] = [stream({ isTTY: true, columns: 76 }), { ms: 0 }];
  const sink = progressLineWith(out, { label: "film" }, { now: () => clock.ms, env: {} });
  play(sink, clock, recorded["launch-standard"]);
  const text = out.written.join("");
  assert.equal(text.split("\n").length, 2, "one line, at its end");
  const lines = text.split("\r\u001b[2K").filter(Boolean);
  assert.ok(lines.length > 40);
  for (const line of lines.slice(0, -1)) assert.ok([...line].length <= 75, line);
  assert.match(lines[1], /^█+░+ film {3}\d+ % {2}frame \d+ of 180/);
  assert.ok(lines.some((line) => / frames\/s {2}\d+ s left$/.test(line)));
  assert.match(lines.at(-1), /^film {2}100 % {2}180 frames in \d+\.\d s, \d+\.\d frames\/s\n$/);
});

test("elsewhere a line comes for ten percent or ten seconds, and nothing is written over", () => {
  const [out, clock] = [stream(), { ms: 0 }];
  const sink = progressLineWith(out, {}, { now: () => clock.ms, env: {} });
  play(sink, clock, recorded["launch-standard"]);
  const text = out.written.join("");
  for (const sign of ["\r", "\u001b", "█"]) assert.ok(!text.includes(sign));
  const lines = text.trimEnd().split("\n");
  assert.match(lines[0], /^ {2}5 % {2}Compiling composition$/);
  assert.ok(lines.length >= 5 && lines.length <= 14, text);
});

test("a terminal that does not know its width has a line all the same", () => {
  const out = stream({ isTTY: true, columns: 0 });
  progressLine(out)({ id: "j", status: "rendering", progress: 50 }, "Compiling composition");
  assert.match(out.written.join(""), /█{12}░{12} {2}50 % {2}Compiling composition$/);
});

test("a dumb terminal gets plain lines", () => {
  const out = stream({ isTTY: true });
  const sink = progressLineWith(out, {}, { now: () => 0, env: { TERM: "dumb" } });
  sink({ id: "j", status: "rendering", progress: 5 }, "Compiling composition");
  assert.deepEqual(out.written, ["  5 %  Compiling composition\n"]);
});

test("as JSON every report is one object, the last one too", () => {
  const [out, clock] = [stream({ isTTY: true }), { ms: 0 }];
  const sink = progressLineWith(out, { json: true }, { now: () => clock.ms });
  play(sink, clock, recorded["launch-standard"]);
  const objects = out.written.map((line) => JSON.parse(line));
  assert.equal(objects.length, recorded["launch-standard"].reports.length + 2);
  assert.deepEqual(objects[0], { percent: 5, stage: "Compiling composition" });
  const middle = objects.at(-10);
  assert.equal(middle.totalFrames, 180);
  assert.ok(middle.framesPerSecond > 0 && middle.etaSeconds > 0);
  assert.deepEqual(objects.at(-1), {
    percent: 100,
    stage: "Render complete",
    framesRendered: 180,
    totalFrames: 180,
  });
});

test("what a render waits for is said, and why it failed", () => {
  const out = stream();
  const sink = progressLine(out);
  const job = {
    id: "j",
    status: "rendering",
    progress: 40,
    stageProgress: { code: "capture", done: 3, total: 9 },
  };
  sink(job, "Streaming frame 3/9 (waits 5 s for the encoder, until 11:03:20 UTC)");
  sink({ ...job, status: "failed", currentStage: "Failed: no ffmpeg" }, "Failed: no ffmpeg");
  assert.deepEqual(out.written, [
    " 40 %  frame 3 of 9  (waits 5 s for the encoder, until 11:03:20 UTC)\n",
    "Failed: no ffmpeg\n",
  ]);
});
