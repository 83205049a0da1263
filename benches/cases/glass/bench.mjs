/** A 1080p page of four panes of glass over moving shapes. */
import { writeProject } from "../../lib/pages/project.mjs";
import { glassPage } from "./compose.mjs";

export const description = "1080p page of four panes of glass over moving shapes";

const FRAMES = 120;

export function cases() {
  return [
    {
      name: String(FRAMES),
      prepare: (dir) => writeProject(dir, glassPage({ frames: FRAMES })),
    },
  ];
}
