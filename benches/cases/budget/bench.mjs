/** Thirty clips with little room for source frames: the bound holds, and the picture stays. */
import { frameCacheProblems, frameHashes } from "../../lib/frame-budget.mjs";
import { overlapping, thirtyClips } from "../../lib/pages/thirty-clips.mjs";

export const description = "thirty 720p clips with 256 MiB for source frames";
export const defaults = { quality: "draft", rounds: 1, engines: ["native"] };

const BUDGET_MIB = 256;
const VARIABLE = "PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB";

/** @param {import("../../lib/case.mjs").Judged} judged */
async function judge({ output, report, renderAgain }) {
  const cache = report?.frameCache;
  const problems = frameCacheProblems(cache, BUDGET_MIB * 2 ** 20);
  if (problems.length) throw new Error(`budget: ${problems.join("; ")}`);
  const bounded = await frameHashes(output);
  const free = await frameHashes(await renderAgain({}));
  const first = free.findIndex((hash, frame) => hash !== bounded[frame]);
  if (free.length !== bounded.length || first >= 0) {
    throw new Error(
      `budget: frame ${first} differs from a render without ${VARIABLE} (${bounded.length} and ${free.length} frames)`,
    );
  }
  const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `frame cache: peak ${mib(cache.peakBytes)} of ${mib(cache.budgetBytes)}, ${cache.hits} hits, ${cache.misses} misses, ${cache.evictions} evictions, ${cache.oversized} oversized; all ${free.length} frames equal those of a render without the bound`;
}

export function cases() {
  const env = { [VARIABLE]: String(BUDGET_MIB) };
  return [thirtyClips("small", overlapping, { name: "256", env, judge })];
}
