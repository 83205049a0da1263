/** A 1080p page that is full of detail and stands still, with one box that moves. */
import { writeProject } from "../../lib/pages/project.mjs";
import { stillPage } from "./compose.mjs";

export const description =
  "1080p page that is full of detail and stands still, with one box that moves";

const FRAMES = 120;

export function cases() {
  return [
    {
      name: String(FRAMES),
      prepare: (dir) => writeProject(dir, stillPage({ frames: FRAMES })),
    },
  ];
}
