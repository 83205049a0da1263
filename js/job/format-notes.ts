/** Warnings about settings that the output format cannot use. */
import { hasRateControl } from "../base/formats.js";
import type { RenderConfig } from "../base/types.js";

/**
 * One line for each setting that the output format cannot use. Upstream warns of the same and goes
 * on. Lines about HDR come from the native core, which knows the sources.
 */
export function formatNotes(config: RenderConfig): string[] {
  const { format = "mp4", crf, videoBitrate } = config;
  const notes: string[] = [];
  const bothGiven = crf !== undefined && crf !== null && Boolean(videoBitrate);
  if (bothGiven && hasRateControl(format)) {
    notes.push(`[Render] crf ${crf} and videoBitrate ${videoBitrate} are both set: crf is used.`);
  }
  return notes;
}
