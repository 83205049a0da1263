import { hasRateControl } from "../base/formats.js";
import type { RenderConfig } from "../base/types.js";

/**
 * What a configuration asks for and its output format cannot have, one line each. Upstream warns
 * of the same and goes on. (What concerns HDR the core says, which knows the sources.)
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
