/** A slide show at 1080p: three quarters of its frames equal the one before. */
import { FPS, writeProject } from "../../lib/pages/project.mjs";
import { slidesPage } from "./compose.mjs";

export const description = "1080p slides with long holds";

const SLIDES = 5;
const SECONDS_EACH = 4;

export function cases() {
  return [
    {
      name: String(SLIDES * SECONDS_EACH * FPS),
      prepare: (dir) =>
        writeProject(dir, slidesPage({ slides: SLIDES, secondsEach: SECONDS_EACH })),
    },
  ];
}
