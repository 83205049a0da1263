/** The report of `hyperframes-native bench`: its table, its words, its chart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { painter, wantsColours } from "../../dist/base/paint.js";
import { causeOf } from "../../dist/bench/cause.js";
import { summarize } from "../../dist/bench/figures.js";
import { reportChart, reportText, verdictLines } from "../../dist/bench/report.js";

const MIB = 2 ** 20;
const figures = (wallSeconds, peakBytes = 500 * MIB) => ({
  wallSeconds,
  peakBytes,
  nodePeakBytes: 150 * MIB,
  cpuSeconds: wallSeconds * 1.5,
  outputBytes: 300 * 1024,
});

function report(rounds, more = {}) {
  return {
    project: "/somewhere/my-film",
    flags: ["--quality", "draft"],
    version: "0.1.0",
    hyperframes: "0.8.170",
    machine: { platform: "linux", arch: "x64", cores: 2, model: "", memoryBytes: 24 * 2 ** 30 },
    film: { frames: 90, duration: 3, width: 1280, height: 720, hasSound: false },
    rounds,
    summary: summarize(rounds),
    failures: [],
    ...more,
  };
}
const faster = [
  { upstream: figures(20), native: figures(8) },
  { upstream: figures(22), native: figures(8.4) },
];

test("medians stand beside each other, in columns that are aligned", () => {
  const text = reportText(
    report(faster, { picture: { isEqual: false, mean: 51.24, worst: 47.9 } }),
  );
  assert.match(text, /^my-film: 1280x720, 90 frames, 3\.0 s {2}\(--quality draft\)$/m);
  assert.match(text, /medians of 2 runs each, in turn$/m);
  assert.match(text, /^wall time +21\.0 s +8\.2 s +2\.56x$/m);
  assert.match(text, /^frames a second, start included +4\.3 +11\.0$/m);
  assert.match(text, /^peak memory, Node alone +150 MiB +150 MiB +1\.00x$/m);
  assert.match(text, /^file +300 KiB +300 KiB +1\.00x$/m);
  assert.match(
    text,
    /51\.2 dB PSNR, 47\.9 dB in the frame that differs most \(the same to the eye\)/,
  );
  const [head] = text.split("\n").filter((line) => line.includes("HyperFrames engine"));
  const [wall] = text.split("\n").filter((line) => line.startsWith("wall time"));
  assert.equal(head.length, wall.length);
  assert.ok(!text.includes("/somewhere"), "the folder's name is enough");
});

test("what is not faster is called so", () => {
  const words = (native, upstream = 10) =>
    verdictLines(
      report([1, 2, 3].map(() => ({ upstream: figures(upstream), native: figures(native) }))),
    );
  assert.deepEqual(words(4), ["The native engine is 2.50 times as fast here."]);
  assert.deepEqual(words(9.6), ["The native engine is no faster here: both take the same time."]);
  assert.deepEqual(words(10.5), words(9.6));
  assert.deepEqual(words(14), ["The native engine is slower here: it takes 1.40 times as long."]);
});

test("more memory, runs that differ and single runs are named", () => {
  const hungry = [1, 2].map(() => ({ upstream: figures(10), native: figures(5, 800 * MIB) }));
  assert.match(verdictLines(report(hungry))[1], /^It took 1\.6 times the memory/);
  const unsteady = [
    { upstream: figures(10), native: figures(5) },
    { upstream: figures(15), native: figures(6) },
  ];
  assert.match(verdictLines(report(unsteady))[1], /^Runs of one engine differ by up to 50 %/);
  assert.match(verdictLines(report(faster.slice(0, 1)))[1], /^One run of each says little/);
});

test("a picture that is far off is not called the same", () => {
  const far = { isEqual: false, mean: 33, worst: 21.5 };
  assert.match(reportText(report(faster, { picture: far })), /21\.5 dB .*look at it/);
  const equal = reportText(
    report(faster, { picture: { isEqual: true }, sound: { isEqual: true } }),
  );
  assert.match(equal, /^Picture: equal in every pixel\.\nSound: equal in every sample\.$/m);
  const sound = { isEqual: false, rms: -71.6, peak: -48.2 };
  assert.match(
    reportText(report(faster, { sound })),
    /difference has -72 dB of full scale, -48 dB at most/,
  );
});

test("one engine alone has its figures, and the other's failure is told", () => {
  const alone = [{ upstream: figures(20) }];
  const failures = [{ engine: "native", message: "ended with 1\nno such browser" }];
  const text = reportText(report(alone, { failures }));
  assert.match(text, /^wall time +20\.0 s$/m);
  assert.doesNotMatch(text, /HyperFrames \/ native|times as fast/);
  assert.match(text, /^The native engine failed: ended with 1\nno such browser$/m);
  const none = reportText(report([], { failures, film: undefined }));
  assert.doesNotMatch(none, /wall time/);
});

test("why a render failed is found in what the CLI printed", () => {
  const noise =
    '[INFO] [Render:trace] {"a":1}\n  █████░░░░░  5%  Compiling\n@hf-progress {"pct":5}\n';
  const marked = `\u001b[?25h${noise}\u001b[31m✗\u001b[39m  Render failed\n\n   No such browser.\n   Try --docker\n`;
  assert.equal(causeOf(marked), "✗  Render failed\n   No such browser.\n   Try --docker");
  assert.equal(
    causeOf(`${noise}Error: first\n    at x.js:1\n${noise}`),
    "Error: first\n    at x.js:1",
  );
});

test("colours only where they are asked for", () => {
  assert.ok(!reportText(report(faster)).includes("\u001b["));
  assert.ok(reportText(report(faster), painter(true)).includes("\u001b[1m"));
  assert.equal(wantsColours({ isTTY: true }, {}), true);
  assert.equal(wantsColours({ isTTY: true }, { TERM: "dumb" }), false);
  assert.equal(wantsColours({ isTTY: true }, { NO_COLOR: "1" }), false);
  assert.equal(wantsColours({}, {}), false);
  assert.equal(wantsColours({}, { FORCE_COLOR: "1" }), true);
});

test("the chart has the medians and every run", () => {
  const svg = reportChart(report(faster));
  assert.equal(svg.match(/<rect x="240"/g).length, 6);
  assert.match(svg, />8\.2 s \(2\.56x\)</);
  assert.match(svg, />HyperFrames engine</);
  assert.equal(reportChart(report(faster.slice(0, 1))).match(/<rect x="240"/g).length, 2);
});
