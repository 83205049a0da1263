/** Two hundred elements with filters, blend modes, 3D and clip paths at 1080p. */
import { writeProject } from "../../lib/pages/project.mjs";
import { heavyPage } from "./compose.mjs";

export const description = "1080p page of 200 elements with costly effects";

const FRAMES = 240;

export function cases() {
  return [
    {
      name: String(FRAMES),
      prepare: (dir) => writeProject(dir, heavyPage({ frames: FRAMES })),
    },
  ];
}
