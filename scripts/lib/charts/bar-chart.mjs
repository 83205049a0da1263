/** Horizontal bar charts as SVG text. */
import { short, svgFile, svgText } from "./svg.mjs";

const WIDTH = 900;
const LABELS = 240;
const VALUES = 110;
const HEAD = 84;
const BAR = 13;
const GROUP_GAP = 16;
/** Bars of a group: [field, name, colour]. */
const SERIES = [
  ["upstream", "upstream", "#9aa4b2"],
  ["native", "native", "#2563eb"],
  ["floor", "floor: drawing + encoding alone", "#f59e0b"],
];

/**
 * @typedef {object} Group
 * @property {string} title
 * @property {number} upstream in the chart's unit
 * @property {number} native
 * @property {number} [floor]
 * @property {number} ratio upstream / native
 *
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} subtitle
 * @property {Group[]} groups
 * @property {string} [unit] default s
 * @property {number} [digits] behind the point; default 1
 */

function legend(series, top) {
  let x = 16;
  return series.map(([, name, colour]) => {
    const entry = `<rect x="${x}" y="${top + 56}" width="12" height="12" fill="${colour}"/>${svgText(x + 18, top + 66, name)}`;
    x += 40 + name.length * 7;
    return entry;
  });
}

/** The elements of a chart that begins at `top`, and where it ends. */
function panel({ title, subtitle, groups, unit = "s", digits = 1 }, top) {
  const series = SERIES.filter(([field]) => groups.some((group) => group[field] !== undefined));
  const longest = Math.max(
    ...groups.flatMap((group) => series.map(([field]) => group[field] ?? 0)),
  );
  const lines = [
    svgText(16, top + 26, title, 'font-size="17" font-weight="700"'),
    svgText(16, top + 45, subtitle),
    ...legend(series, top),
  ];
  let y = top + HEAD;
  for (const group of groups) {
    const bars = series.filter(([field]) => group[field] !== undefined);
    const middle = y + (bars.length * BAR) / 2 + 4;
    lines.push(svgText(LABELS - 10, middle, group.title, 'text-anchor="end"'));
    for (const [field, , colour] of bars) {
      const length = Math.max(1, (group[field] / longest) * (WIDTH - LABELS - VALUES));
      const ratio = field === "native" ? ` (${group.ratio.toFixed(2)}x)` : "";
      const value = `${group[field].toFixed(digits)} ${unit}${ratio}`;
      lines.push(
        `<rect x="${LABELS}" y="${y}" width="${short(length)}" height="${BAR - 2}" fill="${colour}"/>`,
        svgText(LABELS + length + 6, y + BAR - 3, value),
      );
      y += BAR;
    }
    y += GROUP_GAP;
  }
  return { lines, bottom: y };
}

/**
 * @param {Chart[]} charts one below the other
 * @returns {string} a whole SVG file; in each chart the longest bar takes all the width there is
 */
export function barCharts(charts) {
  let top = 0;
  const elements = charts.flatMap((chart) => {
    const { lines, bottom } = panel(chart, top);
    top = bottom;
    return lines;
  });
  return svgFile(WIDTH, top, elements);
}

/**
 * @param {Chart} chart
 * @returns {string} a whole SVG file
 */
export function barChart(chart) {
  return barCharts([chart]);
}
