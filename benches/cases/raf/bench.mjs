/** A hand-written canvas at 1080p, drawn by requestAnimationFrame. */
import { writeProject } from "../../lib/pages/project.mjs";
import { particlesPage } from "./compose.mjs";

export const description = "1080p canvas of particles, drawn in animation frames";

const FRAMES = 150;

export function cases() {
  return [false, true].map((lines) => ({
    name: `${FRAMES}${lines ? "-lines" : ""}`,
    prepare: (dir) => writeProject(dir, particlesPage({ frames: FRAMES, lines })),
  }));
}
