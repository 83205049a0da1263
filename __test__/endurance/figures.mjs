/** Figures of samples, and how they are written: tables and curves. */
import { execFileSync } from "node:child_process";
import { median } from "../../dist/bench/figures.js";
import { lineChart } from "../../scripts/lib/charts/line-chart.mjs";

const COLOURS = ["#0f172a", "#f59e0b", "#2563eb", "#16a34a", "#dc2626"];
const MOST_POINTS = 400;
const PROBE_MS = 300_000;

/** Pictures in a file, by its packets. @param {string} file @returns {number} */
export function framesOf(file) {
  const shown = ["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"];
  const args = ["-v", "error", "-select_streams", "v", "-count_packets", ...shown, file];
  return Number(execFileSync("ffprobe", args, { encoding: "utf8", timeout: PROBE_MS }));
}

/** @param {number} value */
export const mib = (value) => `${Math.round(value)} MiB`;

/** The numbers of a sample with one decimal, as they are kept. */
export const rounded = (sample) =>
  Object.fromEntries(
    Object.entries(sample).map(([name, value]) => [name, Number(value.toFixed(1))]),
  );

/**
 * How a value went on after the first quarter of its samples, in which caches fill.
 *
 * @param {Record<string, number>[]} samples at least eight
 * @param {string} name of the value
 * @returns {{ second: number, third: number, last: number, grown: number, late: number, most: number }} medians
 *   of three quarters, what the last has more than the second and than the third, and the most of all
 */
export function growth(samples, name) {
  if (samples.length < 8) throw new Error(`${samples.length} samples tell nothing of ${name}`);
  const values = samples.map((sample) => sample[name]);
  const quarter = values.length / 4;
  const second = median(values.slice(quarter, 2 * quarter));
  const last = median(values.slice(3 * quarter));
  const third = median(values.slice(2 * quarter, 3 * quarter));
  const [grown, late] = [last - second, last - third];
  return { second, third, last, grown, late, most: Math.max(...values) };
}

/**
 * @param {string[]} heads
 * @param {(string | number)[][]} rows
 * @param {string} [after] a sentence
 * @returns {string[]} lines of Markdown
 */
export function table(heads, rows, after) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const lines = [line(heads), line(heads.map(() => "---")), ...rows.map(line), ""];
  return after ? [...lines, after, ""] : lines;
}

/**
 * A line chart of samples.
 *
 * @param {object} chart `title`, `subtitle`, `xTitle`, `yTitle`, `mark` as `lineChart` has them
 * @param {Record<string, number>[]} chart.samples
 * @param {string} chart.x name of the value to the right
 * @param {Record<string, string>} chart.lines what is drawn, by name of the value
 */
export function curve({ samples, x, lines, ...rest }) {
  const every = Math.ceil(samples.length / MOST_POINTS);
  const shown = samples.filter((_, at) => at % every === 0);
  const series = Object.entries(lines).map(([name, title], at) => ({
    name: title,
    colour: COLOURS[at],
    points: shown.map((sample) => [sample[x], sample[name]]),
  }));
  return lineChart({ ...rest, series });
}
