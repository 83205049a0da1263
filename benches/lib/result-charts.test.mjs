import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { barChart } from "../../dist/bench/bar-chart.js";
import { groupsOf, writeCharts } from "./result-charts.mjs";

const bars = (svg) =>
  [...svg.matchAll(/<rect x="240" y="[\d.]+" width="([\d.]+)"/g)].map((m) => Number(m[1]));

const report = (bench, quality, wallSeconds, floor) => ({
  bench,
  quality,
  upstream: "1.2.3",
  machine: { cpus: 2 },
  cases: [{ name: "120", frames: 120, summary: { wallSeconds }, floor }],
});

test("bars are as long as their seconds, and the longest takes all the width", () => {
  const group = { title: "a", upstream: 40, native: 10, floor: 5, ratio: 4 };
  assert.deepEqual(
    bars(barChart({ title: "t", subtitle: "s", groups: [group] })),
    [550, 137.5, 68.8],
  );
});

test("a case without a floor has two bars, and names are escaped", () => {
  const group = { title: "a<b & c", upstream: 2, native: 1, ratio: 2 };
  const svg = barChart({ title: "t", subtitle: "s", groups: [group] });
  assert.equal(bars(svg).length, 2);
  assert.match(svg, />a&lt;b &amp; c</);
  assert.match(svg, />1\.0 s \(2\.00x\)</);
});

test("cases that lack an engine are left out", () => {
  assert.deepEqual(groupsOf(report("motion", "draft", { upstream: 2 })), []);
  const [group] = groupsOf(
    report("motion", "draft", { upstream: 2, native: 1, ratio: 2 }, { sumSeconds: 0.5 }),
  );
  assert.deepEqual(group, {
    title: "motion 120, draft",
    upstream: 2,
    native: 1,
    floor: 0.5,
    ratio: 2,
  });
});

test("a folder of results becomes one chart, default quality first", async () => {
  const dir = await mkdtemp(path.join(os.tmpdir(), "hf-chart-"));
  try {
    // The blend bench writes about kernels.
    await writeFile(path.join(dir, "blend.json"), '{ "engine": "1", "results": {} }');
    await assert.rejects(writeCharts(dir, dir), /no result of both engines/);
    const wall = { upstream: 2, native: 1, ratio: 2 };
    for (const quality of ["draft", "default"]) {
      const text = JSON.stringify(report("motion", quality, wall));
      await writeFile(path.join(dir, `motion-${quality}.json`), text);
    }
    const [file] = await writeCharts(dir, dir);
    const svg = await readFile(file, "utf8");
    assert.ok(svg.indexOf("motion 120, default") < svg.indexOf("motion 120, draft"));
    await writeFile(path.join(dir, "broken.json"), "{");
    await assert.rejects(writeCharts(dir, dir), /broken\.json: not valid JSON/);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
