/** The pages of benches beside the rows that they are made of, and those beside a result of the runner. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { repoRoot } from "../../../scripts/materialize.mjs";
import { merged, rowsOf } from "./rows.mjs";
import {
  documentsOf,
  PAGES,
  pagesOf,
  RECORDED,
  readDescriptions,
  withTable,
  writePages,
} from "./write.mjs";

/** A result of `npm run bench`, of a busy machine: its figures are for this test alone. */
const FIXTURE = path.join(import.meta.dirname, "fixture.json");
const textOf = (file) => readFileSync(path.join(repoRoot, file), "utf8");
const report = JSON.parse(readFileSync(FIXTURE, "utf8"));
const rows = JSON.parse(textOf(RECORDED));
const descriptions = await readDescriptions(path.join(repoRoot, "benches", "cases"));

test("pages and tables are those of benches/recorded.json", () => {
  const pages = pagesOf(rows, descriptions);
  assert.deepEqual(readdirSync(path.join(repoRoot, PAGES)).sort(), [...pages.keys()].sort());
  const files = [...pages].map(([name, text]) => [`${PAGES}/${name}`, text]);
  for (const [file, text] of [...files, ...documentsOf(rows, descriptions, textOf)]) {
    assert.ok(textOf(file) === text, `${file} is stale: npm run bench -- --pages`);
  }
});

test("every row is of a bench and a case that exist", async () => {
  for (const row of rows) {
    assert.ok(descriptions.has(row.bench), row.bench);
    const { cases } = await import(`../../cases/${row.bench}/bench.mjs`);
    assert.ok(
      cases().some(({ name }) => name === row.case),
      `${row.bench} ${row.case}`,
    );
  }
});

test("a result becomes rows of both engines, rounded", () => {
  assert.deepEqual(rowsOf(report, "2026-01-02"), [
    {
      ...{ bench: "motion", case: "120", frames: 120, quality: "draft", rounds: 1 },
      ...{ date: "2026-01-02", hyperframes: "0.8.170", cpus: 2 },
      wall: { upstream: 21.6, native: 12.6, ratio: 1.71 },
      cpuRatio: 2.31,
      peakMib: { upstream: 733, native: 573 },
      firstFrame: { upstream: 7.8, native: 6.9 },
      writtenMib: { upstream: 11, native: 2 },
      floor: rowsOf(report, "")[0].floor,
    },
  ]);
  const { drawing, encoding, over } = rowsOf(report, "")[0].floor;
  assert.ok(drawing > 0 && encoding > 0 && over > 0);
  const alone = structuredClone(report);
  delete alone.cases[0].summary.wallSeconds.upstream;
  assert.deepEqual(rowsOf(alone, ""), []);
});

test("a fresh row takes the place of the one that was kept, where it stood", () => {
  const [fresh] = rowsOf(report, "2026-01-02");
  const kept = [
    { ...fresh, case: "600", frames: 600 },
    { ...fresh, date: "2025-01-01" },
    { ...fresh, bench: "cards" },
  ];
  const all = merged(kept, [fresh]);
  assert.deepEqual(
    all.map((row) => [row.bench, row.frames, row.date]),
    [
      ["cards", 120, "2026-01-02"],
      ["motion", 600, "2026-01-02"],
      ["motion", 120, "2026-01-02"],
    ],
  );
});

test("results are kept and written as pages", async () => {
  const root = await mkdtemp(path.join(os.tmpdir(), "hf-pages-"));
  try {
    for (const file of [RECORDED, "README.md", "docs/performance.md"]) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await cp(path.join(repoRoot, file), path.join(root, file));
    }
    const results = path.join(root, "out", "bench");
    await mkdir(results, { recursive: true });
    await cp(FIXTURE, path.join(results, "motion-draft.json"));
    const files = await writePages(results, root, descriptions);
    assert.ok(files.includes(`${PAGES}/motion.svg`));
    const page = readFileSync(path.join(root, PAGES, "motion.md"), "utf8");
    assert.match(page, /^\| 120 \| draft \| 1 \| 21\.6 s \| 12\.6 s \| 1\.71x \|/m);
    assert.match(page, /^\| 600 \| draft \| 3 \|/m);
    assert.ok(existsSync(path.join(root, PAGES, "slides.md")));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

test("a document without a place for its table is refused", () => {
  assert.throws(() => withTable("text", "measured", "table"), /no place for "measured"/);
});
