/** Draws the chart of all results that lie in a folder. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { barChart } from "./chart-svg.mjs";

/** Order of the qualities of one bench. */
const QUALITIES = ["default", "draft"];

/**
 * The bars of one report.
 * @param {object} report as the runner writes it
 * @returns {import("./chart-svg.mjs").Group[]} one for each case with a wall time of both engines
 */
export function groupsOf({ bench, quality, cases }) {
  return cases
    .filter(({ summary }) => summary.wallSeconds?.native && summary.wallSeconds?.peer)
    .map(({ name, frames, summary, floor }) => {
      const { native, peer, ratio } = summary.wallSeconds;
      const title = name === String(frames) ? `${bench} ${frames}` : `${bench} ${name} ${frames}`;
      return { title: `${title}, ${quality}`, peer, native, floor: floor?.sumSeconds, ratio };
    });
}

/**
 * @param {string} resultsDir with the runner's JSON files
 * @param {string} file to write
 * @returns {Promise<string>} `file`
 * @throws when the folder holds no result of both engines
 */
export async function writeChart(resultsDir, file) {
  const names = (await readdir(resultsDir).catch(() => [])).filter((name) => /\.json$/.test(name));
  const reports = [];
  for (const name of names) {
    const source = path.join(resultsDir, name);
    try {
      reports.push(JSON.parse(await readFile(source, "utf8")));
    } catch (error) {
      throw new Error(`${source}: not valid JSON (${error.message}); run its bench again`);
    }
  }
  const order = ({ quality }) => QUALITIES.indexOf(quality);
  reports.sort((a, b) => a.bench.localeCompare(b.bench) || order(a) - order(b));
  const groups = reports.flatMap(groupsOf);
  if (!groups.length) {
    throw new Error(`${resultsDir}: no result of both engines; run npm run bench first`);
  }
  const { peer, machine } = reports[0];
  const subtitle = `hyperframes ${peer}, ${machine.cpus} cores; less is better`;
  await writeFile(file, barChart({ title: "Wall time of whole renders", subtitle, groups }));
  return file;
}
