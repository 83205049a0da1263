/** A line chart as SVG text. */
import { short, svgFile, svgText } from "../../../dist/bench/svg.js";

const WIDTH = 900;
const HEIGHT = 380;
/** Edges of the plot. */
const PLOT = { left: 70, right: WIDTH - 20, top: 84, bottom: HEIGHT - 44 };
const STEPS = 5;

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {string} colour
 * @property {[x: number, y: number][]} points
 */

/**
 * The smallest of 1, 2, 2.5 and 5 times a power of ten that reaches `most` in {@link STEPS} steps.
 * @param {number} most above 0
 */
export function step(most) {
  const power = 10 ** Math.floor(Math.log10(most / STEPS));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power * STEPS >= most);
  return factor * power;
}

function legend(series) {
  let x = 16;
  return series.map(({ name, colour }) => {
    const entry = `<rect x="${x}" y="56" width="12" height="12" fill="${colour}"/>${svgText(x + 18, 66, name)}`;
    x += 40 + name.length * 7;
    return entry;
  });
}

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.subtitle
 * @param {string} chart.xTitle
 * @param {string} chart.yTitle
 * @param {Series[]} chart.series
 * @param {{x: number, label: string}} [chart.mark] a vertical line
 * @returns {string} a whole SVG file; both axes begin at 0
 */
export function lineChart({ title, subtitle, xTitle, yTitle, series, mark }) {
  const all = series.flatMap(({ points }) => points);
  const xStep = step(Math.max(...all.map(([x]) => x)));
  const yStep = step(Math.max(...all.map(([, y]) => y)));
  const xAt = (x) => PLOT.left + (x / (xStep * STEPS)) * (PLOT.right - PLOT.left);
  const yAt = (y) => PLOT.bottom - (y / (yStep * STEPS)) * (PLOT.bottom - PLOT.top);
  const lines = [
    svgText(16, 26, title, 'font-size="17" font-weight="700"'),
    svgText(16, 45, subtitle),
    ...legend(series),
  ];
  for (let index = 0; index <= STEPS; index++) {
    const [x, y] = [xAt(index * xStep), yAt(index * yStep)];
    lines.push(
      `<path d="M${PLOT.left} ${short(y)}H${PLOT.right}" stroke="#e2e8f0"/>`,
      svgText(PLOT.left - 8, y + 4, short(index * yStep), 'text-anchor="end"'),
      svgText(x, PLOT.bottom + 18, short(index * xStep), 'text-anchor="middle"'),
    );
  }
  lines.push(
    svgText((PLOT.left + PLOT.right) / 2, HEIGHT - 8, xTitle, 'text-anchor="middle"'),
    svgText(16, PLOT.top - 4, yTitle),
  );
  if (mark) {
    const x = xAt(mark.x);
    lines.push(
      `<path d="M${short(x)} ${PLOT.top}V${PLOT.bottom}" stroke="#94a3b8" stroke-dasharray="4 4"/>`,
      svgText(x + 5, PLOT.bottom - 6, mark.label, 'fill="#64748b"'),
    );
  }
  for (const { colour, points } of series) {
    const path = points.map(([x, y]) => `${short(xAt(x))} ${short(yAt(y))}`).join("L");
    lines.push(`<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`);
  }
  return svgFile(WIDTH, HEIGHT, lines);
}
