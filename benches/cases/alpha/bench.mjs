/** A page without a background, into the formats that keep its transparency. */
import { lightPage } from "../../lib/pages/light-page.mjs";
import { writeProject } from "../../lib/pages/project.mjs";

export const description = "transparent 1080p page";

const FRAMES = { webm: 120, "png-sequence": 150 };

export function cases() {
  return Object.entries(FRAMES).map(([format, frames]) => ({
    name: format,
    format,
    prepare: (dir) => writeProject(dir, lightPage({ frames, transparent: true })),
  }));
}
