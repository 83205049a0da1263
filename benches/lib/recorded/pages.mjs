/** A page with charts for each bench, from the rows that are kept. */
import { barCharts } from "../../../dist/bench/bar-chart.js";
import { median } from "../../../dist/bench/figures.js";

/** @typedef {import("./rows.mjs").Row} Row */

const HEADINGS = [
  ...["frames", "quality", "rounds", "wall, upstream", "native", "ratio", "CPU ratio"],
  ...["peak memory, upstream", "native", "first frame, upstream", "native"],
  ...["floor: drawing + encoding, core-ms a frame", "native / floor sum", "date"],
];

/** Of several cases with the same frames and quality, the names tell which is which. */
function titleOf({ bench, case: name, frames, quality }) {
  const own = name === String(frames) ? "" : ` ${name}`;
  return `${bench}${own} ${frames}, ${quality}`;
}

function cells(row) {
  const { frames, quality, rounds, wall, cpuRatio, peakMib, firstFrame, floor, date } = row;
  const own = row.case === String(frames) ? "" : `${row.case} `;
  const first = (engine) => (firstFrame ? `${firstFrame[engine].toFixed(1)} s` : "–");
  return [
    ...[`${own}${frames}`, quality, rounds],
    ...[`${wall.upstream.toFixed(1)} s`, `${wall.native.toFixed(1)} s`, times(wall.ratio)],
    times(cpuRatio),
    ...[`${peakMib.upstream} MiB`, `${peakMib.native} MiB`],
    ...[first("upstream"), first("native")],
    floor ? `${floor.drawing.toFixed(1)} + ${floor.encoding.toFixed(1)}` : "–",
    floor?.over ? times(floor.over) : "–",
    date,
  ];
}

/**
 * @param {Row[]} rows
 * @returns {string} the table of all benches, for docs/performance.md
 */
export function wholeTable(rows) {
  const all = ["bench", ...HEADINGS];
  const lines = rows.map((row) =>
    line([`[${row.bench}](benchmarks/${row.bench}.md)`, ...cells(row)]),
  );
  return [line(all), line(all.map(() => "---")), ...lines].join("\n");
}

/** Renders that stand for others in the README: bench and case, in default quality where it was measured. */
const SHOWN = ["slides 600", "motion 600", "gif 240", "videos 180", "4k 90", "cards 120"];

/**
 * @param {Row[]} rows
 * @param {Map<string, string>} descriptions by bench
 * @returns {string} what the README says of time and memory: of all rows, and a table of some
 */
export function measuredSummary(rows, descriptions) {
  const time = spread(rows, ({ wall }) => wall.ratio);
  const memory = spread(rows, ({ peakMib }) => peakMib.native / peakMib.upstream);
  const shown = SHOWN.map((name) =>
    rows
      .filter((row) => `${row.bench} ${row.case}` === name)
      .reduce((best, row) => (row.quality === "default" || !best ? row : best), undefined),
  );
  const lines = shown.map(({ bench, frames, quality, wall, peakMib }) =>
    line([
      descriptions.get(bench),
      `${frames}, ${quality}`,
      ...[`${wall.upstream.toFixed(1)} s`, `${wall.native.toFixed(1)} s`, times(wall.ratio)],
      `${peakMib.upstream} and ${peakMib.native} MiB`,
    ]),
  );
  const headings = ["page", "frames, quality", "HyperFrames engine", "this engine", "", "memory"];
  const link = (bench) => `[${bench}](docs/benchmarks/${bench}.md)`;
  const range = ({ least, leastOf, most, mostOf }) =>
    `${least.toFixed(1)} times (${link(leastOf)}) to ${most.toFixed(1)} times (${link(mostOf)})`;
  return `Of ${rows.length} kinds of renders on ${rows[0].cpus} cores without a GPU, half are ${time.median.toFixed(1)} times as fast as with the HyperFrames
engine, or faster: ${range(time)}. The highest memory of all
processes is ${range(memory)} as much.

${line(headings)}
${line(headings.map(() => "---"))}
${lines.join("\n")}`;
}

function spread(rows, figureOf) {
  const sorted = rows.toSorted((a, b) => figureOf(a) - figureOf(b));
  const [first, last] = [sorted[0], sorted.at(-1)];
  return {
    least: figureOf(first),
    leastOf: first.bench,
    most: figureOf(last),
    mostOf: last.bench,
    median: median(rows.map(figureOf)),
  };
}

const times = (ratio) => `${ratio.toFixed(2)}x`;

const line = (list) => `| ${list.join(" | ")} |`;

/**
 * @param {Row[]} rows of one bench
 * @param {string} description of the bench
 * @returns {{ markdown: string, svg: string }}
 */
export function benchPage(rows, description) {
  const [{ bench }] = rows;
  const versions = [...new Set(rows.map(({ hyperframes }) => hyperframes))].join(", ");
  const cores = [...new Set(rows.map(({ cpus }) => cpus))].join(", ");
  const qualities = [...new Set(rows.map(({ quality }) => quality))];
  const commands = qualities.map((quality) => `npm run bench -- ${bench} --quality ${quality}`);
  const subtitle = `hyperframes ${versions}, ${cores} cores; less is better`;
  const svg = barCharts([
    {
      title: `${bench}: wall time`,
      subtitle,
      groups: rows.map((row) => ({
        title: titleOf(row),
        ...row.wall,
        floor: row.floor?.over && row.wall.native / row.floor.over,
      })),
    },
    {
      title: `${bench}: highest memory of all processes`,
      subtitle: "proportional set size",
      unit: "MiB",
      digits: 0,
      groups: rows.map((row) => ({
        title: titleOf(row),
        ...row.peakMib,
        ratio: row.peakMib.upstream / row.peakMib.native,
      })),
    },
  ]);
  const markdown = `# ${bench}

${description[0].toUpperCase()}${description.slice(1)}, by both engines: \`benches/cases/${bench}/\`.

![wall time and memory of both engines](${bench}.svg)

${line(HEADINGS)}
${line(HEADINGS.map(() => "---"))}
${rows.map((row) => line(cells(row))).join("\n")}

HyperFrames ${versions}, ${cores} cores. [Method](../performance.md#method). Again:

\`\`\`sh
${commands.join("\n")}
\`\`\`
`;
  return { markdown, svg };
}

/**
 * @param {Row[]} rows of all benches
 * @param {Map<string, string>} descriptions by bench, of those without rows too
 * @returns {string} the list of all pages
 */
export function indexPage(rows, descriptions) {
  const list = [...descriptions].map(([bench, description]) => {
    const ratios = rows.filter((row) => row.bench === bench).map(({ wall }) => wall.ratio);
    if (ratios.length === 0) return line([bench, description, "not recorded"]);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    const range = least === most ? `${most}x` : `${least}x to ${most}x`;
    return line([`[${bench}](${bench}.md)`, description, range]);
  });
  return `# Benchmarks

Each page has the figures of one bench with charts. They are made of \`benches/recorded.json\`, where
\`npm run bench -- --pages\` puts results of \`out/bench\`. What the figures mean, and what else was measured, is in
[performance.md](../performance.md).

| bench | page | wall time, upstream / native |
|---|---|---|
${list.join("\n")}
`;
}
