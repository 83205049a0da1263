/** Draws the charts of all results that lie in a folder. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { barChart } from "../../dist/bench/bar-chart.js";
import { lineChart } from "../../scripts/lib/charts/line-chart.mjs";
import { thinned } from "./memory-curve.mjs";

/** Order of the qualities of one bench. */
const QUALITIES = ["default", "draft"];

/**
 * The bars of one report.
 * @param {object} report as the runner writes it
 * @returns {import("../../dist/bench/bar-chart.js").Group[]} one for each case with a wall time of both engines
 */
export function groupsOf({ bench, quality, cases }) {
  return cases
    .filter(({ summary }) => summary.wallSeconds?.native && summary.wallSeconds?.upstream)
    .map(({ name, frames, summary, floor }) => {
      const { native, upstream, ratio } = summary.wallSeconds;
      const title = name === String(frames) ? `${bench} ${frames}` : `${bench} ${name} ${frames}`;
      return { title: `${title}, ${quality}`, upstream, native, floor: floor?.sumSeconds, ratio };
    });
}

/** Colours of a memory curve, for the whole tree and by kind of process. */
const COLOURS = { all: "#0f172a", chrome: "#f59e0b", ffmpeg: "#16a34a", node: "#2563eb" };
const MOST_POINTS = 300;

/**
 * The memory curve of a case.
 * @param {string} bench
 * @param {object} result of a case with `curves`
 * @returns {string} a whole SVG file
 */
export function curveChart(bench, { frames, curves }) {
  const [[engine, { settledFrames, points }]] = Object.entries(curves);
  const shown = thinned(points, MOST_POINTS);
  const line = (name, colour, bytesOf) => ({
    name,
    colour,
    points: shown.map((point) => [point.frame, bytesOf(point) / 2 ** 20]),
  });
  const { all, ...kinds } = COLOURS;
  return lineChart({
    title: `Memory of a render of ${frames} frames`,
    subtitle: `${bench}, ${engine} engine: proportional set of the process tree`,
    xTitle: "output frame",
    yTitle: "MiB",
    mark: { x: settledFrames, label: `frame ${settledFrames}` },
    series: [
      line("all processes", all, ({ bytes }) => bytes),
      ...Object.entries(kinds).map(([kind, colour]) =>
        line(kind, colour, ({ byKind }) => byKind[kind] ?? 0),
      ),
    ],
  });
}

/**
 * @param {string} resultsDir
 * @returns {Promise<object[]>} the reports in it, by bench, default quality first; none without the folder
 */
export async function readReports(resultsDir) {
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
  // That of the blend bench is about kernels, not renders.
  const ofRenders = reports.filter(({ bench }) => bench);
  return ofRenders.sort((a, b) => a.bench.localeCompare(b.bench) || order(a) - order(b));
}

/**
 * Draws `bench.svg`, and `<bench>-memory.svg` for each bench with memory curves.
 * @param {string} resultsDir with the runner's JSON files
 * @param {string} dir for the pictures
 * @returns {Promise<string[]>} files written
 * @throws when the folder holds no result of both engines
 */
export async function writeCharts(resultsDir, dir) {
  const reports = await readReports(resultsDir);
  const groups = reports.flatMap(groupsOf);
  if (!groups.length) {
    throw new Error(`${resultsDir}: no result of both engines; run npm run bench first`);
  }
  const { upstream, machine } = reports[0];
  const subtitle = `hyperframes ${upstream}, ${machine.cpus} cores; less is better`;
  const pictures = new Map([
    ["bench.svg", barChart({ title: "Wall time of whole renders", subtitle, groups })],
  ]);
  for (const { bench, cases } of reports) {
    const curved = cases.find(({ curves }) => curves);
    if (curved) pictures.set(`${bench}-memory.svg`, curveChart(bench, curved));
  }
  const files = [];
  for (const [name, svg] of pictures) {
    files.push(path.join(dir, name));
    await writeFile(files.at(-1), svg);
  }
  return files;
}
