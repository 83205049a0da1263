/** What is kept of results: one row for each case of a bench, quality and number of frames. */

const MIB = 2 ** 20;

/**
 * @typedef {object} Pair of both engines
 * @property {number} upstream
 * @property {number} native
 *
 * @typedef {object} Row
 * @property {string} bench
 * @property {string} case
 * @property {number} frames
 * @property {string} quality draft or default
 * @property {number} rounds
 * @property {string} date of the run
 * @property {string} hyperframes its version
 * @property {number} cpus
 * @property {Pair & { ratio: number }} wall seconds, medians; the ratio is that of the rounds
 * @property {number} cpuRatio
 * @property {Pair} peakMib
 * @property {Pair} [firstFrame] seconds
 * @property {Pair} [writtenMib] disk writes
 * @property {{ drawing: number, encoding: number, over?: number }} [floor] core-ms a frame; `over` is
 *   native's wall time / the sum of both
 */

/** With so many digits as are worth keeping. */
const rounded = (value, digits) => Number(value.toFixed(digits));

function pair(figure, digits, scale = 1) {
  if (figure?.upstream === undefined || figure.native === undefined) return undefined;
  return {
    upstream: rounded(figure.upstream * scale, digits),
    native: rounded(figure.native * scale, digits),
  };
}

/**
 * @param {object} report as the runner writes it
 * @param {string} date of the run
 * @returns {Row[]} of its cases that both engines rendered
 */
export function rowsOf({ bench, quality, upstream, machine, cases }, date) {
  return cases
    .filter(({ summary }) => summary.wallSeconds?.native && summary.wallSeconds?.upstream)
    .map(({ name, frames, summary, floor, rounds }) => {
      const row = {
        bench,
        case: name,
        frames,
        quality,
        rounds: rounds.length,
        date,
        hyperframes: upstream,
        cpus: machine.cpus,
        wall: { ...pair(summary.wallSeconds, 1), ratio: rounded(summary.wallSeconds.ratio, 2) },
        cpuRatio: rounded(summary.cpuSeconds.ratio, 2),
        peakMib: pair(summary.peakBytes, 0, 1 / MIB),
        firstFrame: pair(summary.firstFrameSeconds, 1),
        writtenMib: pair(summary.writtenBytes, 0, 1 / MIB),
        // That of pages with clips is decoding and encoding, and has no sum.
        floor: floor?.sumSeconds === undefined ? undefined : floorOf(floor, summary, frames),
      };
      return JSON.parse(JSON.stringify(row));
    });
}

function floorOf({ render, encode, sumSeconds }, { wallSeconds }, frames) {
  const each = ({ cpuSeconds }) => rounded((cpuSeconds * 1000) / frames, 1);
  return {
    drawing: each(render),
    encoding: each(encode),
    over: rounded(wallSeconds.native / sumSeconds, 2),
  };
}

const keyOf = (row) => [row.bench, row.case, row.frames, row.quality].join(" ");

/**
 * @param {Row[]} kept
 * @param {Row[]} fresh
 * @returns {Row[]} where both have a case, the fresh one; benches by name, in their own order of cases
 */
export function merged(kept, fresh) {
  const byKey = new Map([...kept, ...fresh].map((row) => [keyOf(row), row]));
  return [...byKey.values()].sort((a, b) => a.bench.localeCompare(b.bench, "en"));
}
