/** Memory of a render over its output frames. */
import { median } from "../../dist/bench/figures.js";

/**
 * @typedef {object} CurvePoint
 * @property {number} frame output frames captured by then
 * @property {number} bytes of the process tree
 * @property {Record<string, number>} byKind bytes, by kind of process
 */

/**
 * Brings samples of memory and reports of progress together; both count seconds from the same start.
 * @param {import("../../dist/bench/tree-sampler.js").MemorySample[]} memory
 * @param {{ seconds: number, frames: number }[]} progress
 * @returns {CurvePoint[]} from the first captured frame to the last; frames between two reports are
 *   taken to have come evenly
 */
export function memoryCurve(memory, progress) {
  const points = [];
  let next = 0;
  for (const { seconds, bytes, byKind } of memory) {
    while (next < progress.length && progress[next].seconds <= seconds) next++;
    const [before, after] = [progress[next - 1], progress[next]];
    if (!before || !after) continue;
    const share = (seconds - before.seconds) / (after.seconds - before.seconds);
    const frame = before.frames + share * (after.frames - before.frames);
    points.push({ frame: Math.round(frame), bytes, byKind });
  }
  return points;
}

/**
 * Whether memory stays once it has settled.
 * @param {CurvePoint[]} points
 * @param {number} settledFrames frames until then
 * @returns {{leastBytes: number, mostBytes: number, firstBytes: number, lastBytes: number,
 *   growthBytes: number}} all after `settledFrames`; `firstBytes` and `lastBytes` are medians of the
 *   first and the last quarter of the samples, `growthBytes` is their difference
 * @throws when fewer than eight samples lie there
 */
export function flatness(points, settledFrames) {
  const bytes = points.filter(({ frame }) => frame > settledFrames).map((point) => point.bytes);
  if (bytes.length < 8) {
    throw new Error(`${bytes.length} samples after frame ${settledFrames}; render more frames`);
  }
  const quarter = bytes.length >> 2;
  const firstBytes = median(bytes.slice(0, quarter));
  const lastBytes = median(bytes.slice(-quarter));
  return {
    leastBytes: Math.min(...bytes),
    mostBytes: Math.max(...bytes),
    firstBytes,
    lastBytes,
    growthBytes: lastBytes - firstBytes,
  };
}

/**
 * At most so many points, the highest of each stretch.
 * @param {CurvePoint[]} points
 * @param {number} count
 */
export function thinned(points, count) {
  if (points.length <= count) return points;
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * points.length) / count);
    const to = Math.floor(((index + 1) * points.length) / count);
    return points
      .slice(from, to)
      .reduce((most, point) => (point.bytes > most.bytes ? point : most));
  });
}

/** @param {ReturnType<typeof flatness>} figures @param {number} settledFrames */
export function describeFlatness(figures, settledFrames) {
  const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const { leastBytes, mostBytes, firstBytes, lastBytes, growthBytes } = figures;
  return `memory after frame ${settledFrames}: ${mib(leastBytes)} to ${mib(mostBytes)}; first quarter ${mib(firstBytes)}, last quarter ${mib(lastBytes)}, growth ${mib(growthBytes)}`;
}
