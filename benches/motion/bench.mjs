/** A 1080p page of text, moving shapes, gradients and moderate shadows, short and long. */
import { writeProject } from "./compose.mjs";

export const description = "1080p DOM composition";

const LENGTHS = [120, 600];

export function cases() {
  return LENGTHS.map((frames) => ({
    name: String(frames),
    prepare: (dir) => writeProject(dir, { frames, shapes: 32 }),
  }));
}
