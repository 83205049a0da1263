/** Thirty clips of about 32 MB each. */
import { thirtyClipCases } from "../../lib/pages/thirty-clips.mjs";

export const description = "thirty 720p clips of 32 MB on a 1080p page";

export const cases = () => thirtyClipCases("large");
