/** Medians and ratios of measured rounds, and how they are printed. */

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

/** @param {number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** All figures of a measurement as one flat list of numbers: `cpuByKind.chrome`. */
function flat(measurement) {
  const figures = {};
  for (const [field] of FIGURES) figures[field] = measurement[field];
  figures.scriptSeconds = measurement.scriptSeconds;
  for (const [field] of PARTS) {
    for (const [kind, value] of Object.entries(measurement[field] ?? {})) {
      figures[`${field}.${kind}`] = value;
    }
  }
  return figures;
}

/**
 * Compares the rounds of both engines; one of them may be missing.
 * @param {{native?: object, upstream?: object}[]} rounds measurements of one case
 * @returns {Record<string, {native?: number, upstream?: number, ratio?: number}>} medians by field, and
 *   by `field.kind` for parts; `ratio` is the median of upstream / native of each round, so above 1
 *   the native engine needs less
 */
export function summarize(rounds) {
  const all = rounds.map(({ native, upstream }) => ({
    native: native && flat(native),
    upstream: upstream && flat(upstream),
  }));
  const fields = new Set(
    all.flatMap(({ native, upstream }) => Object.keys({ ...upstream, ...native })),
  );
  const summary = {};
  for (const field of fields) {
    const row = {};
    for (const engine of ["native", "upstream"]) {
      const values = all.map((round) => round[engine]?.[field]).filter((value) => value > 0);
      if (values.length) row[engine] = median(values);
    }
    const ratios = all
      .filter(({ native, upstream }) => native?.[field] > 0 && upstream?.[field] > 0)
      .map(({ native, upstream }) => upstream[field] / native[field]);
    if (ratios.length) row.ratio = median(ratios);
    if (Object.keys(row).length) summary[field] = row;
  }
  return summary;
}

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
 * @param {ReturnType<typeof summarize>} summary
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
