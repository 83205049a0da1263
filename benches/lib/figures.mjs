/** How medians and ratios of measured rounds are printed. */

const MIB = 1 / 2 ** 20;

/** What is measured: [field, title, scale, unit]. Less is better everywhere. */
const FIGURES = [
  ["wallSeconds", "wall", 1, "s"],
  ["cpuSeconds", "cpu", 1, "s"],
  ["peakBytes", "peak memory", MIB, "MiB"],
  ["writtenBytes", "disk writes", MIB, "MiB"],
  ["firstFrameSeconds", "first frame", 1, "s"],
];

/** Parts of a figure by kind of process: [field, title of the row, scale, unit]. */
const PARTS = [
  ["cpuByKind", "cpu", 1, "s"],
  ["peakByKind", "memory", MIB, "MiB"],
];

/** One measurement in a line. */
export function describe(measurement) {
  return FIGURES.filter(([field]) => measurement[field] !== undefined)
    .map(
      ([field, title, scale, unit]) =>
        `${title} ${(measurement[field] * scale).toFixed(1)} ${unit}`,
    )
    .join(", ");
}

/** Rows of the table: [field, title, scale, unit]. */
function rows(summary) {
  const parts = PARTS.flatMap(([field, title, scale, unit]) =>
    Object.keys(summary)
      .filter((key) => key.startsWith(`${field}.`))
      .sort()
      .map((key) => [key, `${title} ${key.slice(field.length + 1)}`, scale, unit]),
  );
  return [...FIGURES, ...parts, ["scriptSeconds", "cpu script", 1, "s"]];
}

/**
 * @param {import("../../dist/bench/figures.js").Summary} summary
 * @returns {string} a table; `cpu script` is the first thread of the Node processes, and part of
 *   `cpu node`
 */
export function table(summary) {
  const lines = [["", "native", "upstream", "upstream / native"]];
  for (const [field, title, scale, unit] of rows(summary)) {
    if (!summary[field]) continue;
    const { native, upstream, ratio } = summary[field];
    const value = (number) =>
      number === undefined ? "-" : `${(number * scale).toFixed(2)} ${unit}`;
    lines.push([title, value(native), value(upstream), ratio ? `${ratio.toFixed(2)}x` : "-"]);
  }
  return lines
    .map((cells) =>
      cells
        .map((cell) => cell.padEnd(15))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
