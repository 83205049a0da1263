/** Medians and ratios of measured rounds, and how they are printed. */

/** What is measured: [field, title, scale, unit]. Less is better everywhere. */
const FIGURES = [
  ["wallSeconds", "wall", 1, "s"],
  ["cpuSeconds", "cpu", 1, "s"],
  ["peakBytes", "peak memory", 1 / 2 ** 20, "MiB"],
  ["firstFrameSeconds", "first frame", 1, "s"],
];

/** @param {number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Compares the rounds of both engines.
 * @param {{native: object, peer: object}[]} rounds measurements of one case
 * @returns {Record<string, {native: number, peer: number, ratio: number}>} by field; `ratio` is the
 *   median of peer / native of each round, so above 1 the native engine needs less
 */
export function summarize(rounds) {
  const summary = {};
  for (const [field] of FIGURES) {
    const usable = rounds.filter(({ native, peer }) => native[field] > 0 && peer[field] > 0);
    if (!usable.length) continue;
    summary[field] = {
      native: median(usable.map(({ native }) => native[field])),
      peer: median(usable.map(({ peer }) => peer[field])),
      ratio: median(usable.map(({ native, peer }) => peer[field] / native[field])),
    };
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

/**
 * @param {ReturnType<typeof summarize>} summary
 * @returns {string} a table
 */
export function table(summary) {
  const lines = [["", "native", "peer", "peer / native"]];
  for (const [field, title, scale, unit] of FIGURES) {
    if (!summary[field]) continue;
    const { native, peer, ratio } = summary[field];
    const value = (number) => `${(number * scale).toFixed(2)} ${unit}`;
    lines.push([title, value(native), value(peer), `${ratio.toFixed(2)}x`]);
  }
  return lines
    .map((cells) =>
      cells
        .map((cell) => cell.padEnd(14))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
