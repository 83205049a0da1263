import assert from "node:assert/strict";
import { test } from "node:test";
import { step } from "../../scripts/lib/charts/line-chart.mjs";
import { describeFlatness, flatness, memoryCurve, thinned } from "./memory-curve.mjs";
import { curveChart } from "./result-charts.mjs";

const MIB = 2 ** 20;
const sample = (seconds, mib) => ({ seconds, bytes: mib * MIB, byKind: { chrome: mib * MIB } });
const line = (count, mibAt) =>
  Array.from({ length: count }, (_, index) => ({
    frame: index * 10,
    bytes: mibAt(index) * MIB,
    byKind: { chrome: mibAt(index) * MIB },
  }));

test("samples get the frames between two reports; others are left out", () => {
  const progress = [
    { seconds: 1, frames: 1 },
    { seconds: 2, frames: 11 },
    { seconds: 4, frames: 51 },
  ];
  const samples = [sample(0.5, 1), sample(1.5, 2), sample(2, 3), sample(3, 4), sample(4.1, 5)];
  const points = memoryCurve(samples, progress);
  assert.deepEqual(
    points.map(({ frame, bytes }) => [frame, bytes / MIB]),
    [
      [6, 2],
      [11, 3],
      [31, 4],
    ],
  );
});

test("growth is that after the frames in which memory may settle", () => {
  const settled = line(100, (index) => (index < 30 ? index * 20 : 600));
  assert.equal(flatness(settled, 300).growthBytes, 0);
  const leaking = line(100, (index) => 600 + index);
  const figures = flatness(leaking, 300);
  assert.ok(figures.growthBytes > 50 * MIB);
  assert.equal(figures.mostBytes, 699 * MIB);
  assert.match(describeFlatness(figures, 300), /after frame 300: 631 MiB to 699 MiB; .* growth 52/);
  assert.throws(
    () =>
      flatness(
        line(30, () => 1),
        250,
      ),
    /4 samples after frame 250/,
  );
});

test("one high sample does not look like growth, and is kept when points are thinned", () => {
  const spiked = line(100, (index) => (index === 98 ? 900 : 600));
  assert.equal(flatness(spiked, 300).growthBytes, 0);
  const few = thinned(spiked, 10);
  assert.equal(few.length, 10);
  assert.equal(Math.max(...few.map(({ bytes }) => bytes)), 900 * MIB);
  assert.equal(thinned(few, 300), few);
});

test("axis steps are round and reach the most in five", () => {
  assert.deepEqual([3000, 2300, 951, 7, 0.4].map(step), [1000, 500, 200, 2, 0.1]);
});

test("the picture has a line for the tree and each kind, and its mark", () => {
  const curves = { native: { settledFrames: 300, points: line(100, () => 600) } };
  const svg = curveChart("soak", { frames: 3000, curves });
  assert.equal(svg.match(/stroke-width="1\.5"/g).length, 4);
  assert.match(svg, />frame 300</);
  assert.match(svg, />soak, native engine: proportional set/);
});
