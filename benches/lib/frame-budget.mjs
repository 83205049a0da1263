/** Checks of a render whose frame cache had a bound. */
import { runFfmpeg } from "./ffmpeg.mjs";

const COUNTS = ["entries", "bytes", "peakBytes", "hits", "misses", "evictions", "oversized"];

/**
 * What is wrong with the figures that an engine gives of its frame cache.
 * @param {Record<string, number> | undefined} cache `frameCache` of its report
 * @param {number} budgetBytes that it was allowed
 * @returns {string[]} for people; empty when all is well
 */
export function frameCacheProblems(cache, budgetBytes) {
  if (!cache) return ["the engine reported no frameCache"];
  const missing = [...COUNTS, "budgetBytes"].filter((field) => !Number.isFinite(cache[field]));
  if (missing.length) return [`frameCache lacks ${missing.join(", ")}`];
  const problems = [];
  // The engine may take less, never more.
  if (cache.budgetBytes > budgetBytes) {
    problems.push(`frameCache.budgetBytes is ${cache.budgetBytes}, ${budgetBytes} were allowed`);
  }
  if (cache.peakBytes > cache.budgetBytes) {
    problems.push(`frameCache.peakBytes is ${cache.peakBytes}, above ${cache.budgetBytes}`);
  }
  if (cache.bytes > cache.peakBytes) {
    problems.push(`frameCache.bytes is ${cache.bytes}, above its peak ${cache.peakBytes}`);
  }
  if (cache.misses === 0) problems.push("frameCache.misses is 0: no frame was asked for");
  return problems;
}

/**
 * A hash of each decoded frame.
 * @param {string} file video
 * @returns {Promise<string[]>} in order
 */
export async function frameHashes(file) {
  const { stdout } = await runFfmpeg([
    "-v",
    "error",
    "-i",
    file,
    "-map",
    "0:v:0",
    "-f",
    "framemd5",
    "-",
  ]);
  return stdout
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1).trim());
}
