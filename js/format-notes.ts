import { canBeHdr, hasRateControl } from "./formats.js";
import type { RenderConfig } from "./types.js";

/**
 * What a configuration asks for and its output format cannot have, one line each. Upstream warns
 * of the same and goes on.
 *
 * @param hdrImages sources of the composition's images that are tagged PQ or HLG
 */
export function formatNotes(config: RenderConfig, hdrImages: readonly string[]): string[] {
  const { format = "mp4", crf, videoBitrate, hdrMode } = config;
  const notes: string[] = [];
  const hdrWanted = hdrMode === "force-hdr" || (hdrMode !== "force-sdr" && hdrImages.length > 0);
  if (hdrWanted && !canBeHdr(format)) {
    notes.push(`[Render] Only mp4 can be HDR: this ${format} is rendered in SDR.`);
  }
  const bothGiven = crf !== undefined && crf !== null && Boolean(videoBitrate);
  if (bothGiven && hasRateControl(format)) {
    notes.push(`[Render] crf ${crf} and videoBitrate ${videoBitrate} are both set: crf is used.`);
  }
  return notes;
}
