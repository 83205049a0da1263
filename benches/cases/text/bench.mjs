/** A 1080p page of 400 words that move letter by letter. */
import { writeProject } from "../../lib/pages/project.mjs";
import { textPage } from "./compose.mjs";

export const description = "1080p page of 400 words that move letter by letter";

const FRAMES = 120;

export function cases() {
  return [
    {
      name: String(FRAMES),
      prepare: (dir) => writeProject(dir, textPage({ frames: FRAMES })),
    },
  ];
}
