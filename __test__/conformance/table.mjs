/** The lines the harness prints. */

const COLUMNS = [
  ["fixture", 18, (r) => r.name],
  [
    "frames",
    9,
    (r) => (r.frames === r.upstreamFrames ? r.frames : `${r.frames}/${r.upstreamFrames}`),
  ],
  ["worst dB", 9, (r) => decibel(r.worst)],
  ["mean dB", 9, (r) => decibel(r.mean)],
  ["bar", 5, (r) => r.minDb],
  ["differs at", 11, (r) => (r.firstDifferent === -1 ? "never" : r.firstDifferent)],
  [
    "sources",
    8,
    (r) => (r.numbersEqual === undefined ? undefined : r.numbersEqual ? "equal" : "differ"),
  ],
  ["seconds", 9, (r) => r.duration?.toFixed(3)],
  [
    "streams",
    9,
    (r) => (r.streamsEqual === undefined ? undefined : r.streamsEqual ? "equal" : "differ"),
  ],
  ["lanes", 7, (r) => (r.lanesEqual === undefined ? undefined : r.lanesEqual ? "equal" : "differ")],
  ["took", 7, (r) => (r.seconds === undefined ? undefined : `${r.seconds.toFixed(1)} s`)],
  ["", 6, (r) => (r.problems.length === 0 ? "ok" : r.repeated ? "again" : "FAIL")],
];

function decibel(value) {
  if (value === undefined) return undefined;
  return value === Number.POSITIVE_INFINITY ? "inf" : value.toFixed(2);
}

const line = (cells) =>
  cells
    .map((cell, i) => String(cell ?? "-").padEnd(COLUMNS[i][1]))
    .join(" ")
    .trimEnd();

/** @returns {string} */
export const header = () => line(COLUMNS.map(([title]) => title));

/**
 * One fixture. Figures that could not be measured are "-".
 * @param {Record<string, any>} result
 * @returns {string}
 */
export const row = (result) => line(COLUMNS.map(([, , cell]) => cell(result)));
