/** Keeps results in benches/recorded.json, and writes docs/benchmarks and the tables of two documents. */
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { readReports } from "../result-charts.mjs";
import { benchPage, indexPage, measuredSummary, wholeTable } from "./pages.mjs";
import { merged, rowsOf } from "./rows.mjs";

/** From the repository's root on. */
export const RECORDED = "benches/recorded.json";
export const PAGES = "docs/benchmarks";

/**
 * @param {import("./rows.mjs").Row[]} rows
 * @param {Map<string, string>} descriptions by bench
 * @returns {Map<string, string>} text by name of file, in docs/benchmarks
 */
export function pagesOf(rows, descriptions) {
  const pages = new Map([["README.md", indexPage(rows, descriptions)]]);
  for (const [bench, description] of descriptions) {
    const own = rows.filter((row) => row.bench === bench);
    if (own.length === 0) continue;
    const { markdown, svg } = benchPage(own, description);
    pages.set(`${bench}.md`, markdown).set(`${bench}.svg`, svg);
  }
  return pages;
}

/**
 * @param {string} text of a document
 * @param {string} part between whose marks the table stands
 * @param {string} table
 * @returns {string} the same with that table
 */
export function withTable(text, part, table) {
  const start = `<!-- ${part}: npm run bench -- --pages -->`;
  const [from, to] = [text.indexOf(start), text.indexOf(`<!-- end of ${part} -->`)];
  if (from < 0 || to < from) throw new Error(`there is no place for "${part}"`);
  return `${text.slice(0, from)}${start}\n\n${table}\n\n${text.slice(to)}`;
}

/**
 * @param {import("./rows.mjs").Row[]} rows
 * @param {Map<string, string>} descriptions by bench
 * @param {(file: string) => string} textOf a document, from the repository's root on
 * @returns {Map<string, string>} the documents that hold figures of all rows, by file
 */
export function documentsOf(rows, descriptions, textOf) {
  const [overview, readme] = ["docs/performance.md", "README.md"];
  return new Map([
    [overview, withTable(textOf(overview), "whole renders", wholeTable(rows))],
    [readme, withTable(textOf(readme), "measured", measuredSummary(rows, descriptions))],
  ]);
}

/** @returns {Promise<Map<string, string>>} what each bench of a folder of benches is, by name */
export async function readDescriptions(casesDir) {
  const found = new Map();
  for (const name of (await readdir(casesDir)).sort()) {
    const file = path.join(casesDir, name, "bench.mjs");
    if (!(await stat(file).catch(() => undefined))) continue;
    found.set(name, (await import(file)).description);
  }
  return found;
}

/** The day on which a file was written. */
async function dayOf(file) {
  return (await stat(file)).mtime.toISOString().slice(0, 10);
}

/**
 * @param {string} resultsDir with the runner's JSON files; may be missing
 * @param {string} root of the repository
 * @param {Map<string, string>} descriptions by bench
 * @returns {Promise<string[]>} files written
 */
export async function writePages(resultsDir, root, descriptions) {
  const at = (file) => path.join(root, file);
  const fresh = [];
  for (const report of await readReports(resultsDir)) {
    const file = path.join(resultsDir, `${report.bench}-${report.quality}.json`);
    fresh.push(...rowsOf(report, await dayOf(file)));
  }
  const rows = merged(JSON.parse(await readFile(at(RECORDED), "utf8")), fresh);
  await rm(at(PAGES), { recursive: true, force: true });
  await mkdir(at(PAGES), { recursive: true });
  const files = new Map([
    [RECORDED, `${JSON.stringify(rows, null, 2)}\n`],
    ...documentsOf(rows, descriptions, (file) => readFileSync(at(file), "utf8")),
    ...[...pagesOf(rows, descriptions)].map(([name, text]) => [`${PAGES}/${name}`, text]),
  ]);
  for (const [file, text] of files) await writeFile(at(file), text);
  return [...files.keys()];
}
