/** A 1080p page of 200 cards that turn, with soft shadows, blurs, blend modes and glass. */
import { writeProject } from "../../lib/pages/project.mjs";
import { cardsPage } from "./compose.mjs";

export const description =
  "1080p page of 200 cards that turn, with soft shadows, blurs, blend modes and glass";

const FRAMES = 120;

export function cases() {
  return [
    {
      name: String(FRAMES),
      prepare: (dir) => writeProject(dir, cardsPage({ frames: FRAMES })),
    },
  ];
}
