/** A page at 1080p most of which is an iframe that moves. */
import { writeProject } from "../../lib/pages/project.mjs";
import { framedPage, innerPage } from "./compose.mjs";

export const description = "1080p page around an iframe with an animation of its own";

const FRAMES = 150;

export function cases() {
  return [
    {
      name: String(FRAMES),
      prepare: (dir) =>
        writeProject(dir, framedPage({ frames: FRAMES }), [], { "inner.html": innerPage() }),
    },
  ];
}
