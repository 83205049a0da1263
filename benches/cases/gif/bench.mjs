/** The light page as an animated GIF. */
import { lightPage } from "../../lib/pages/light-page.mjs";
import { writeProject } from "../../lib/pages/project.mjs";

export const description = "light 960x540 page at 15 frames per second";

const PAGE = { frames: 240, fps: 15, width: 960, height: 540 };

export function cases() {
  return [
    {
      name: String(PAGE.frames),
      format: "gif",
      fps: PAGE.fps,
      prepare: (dir) => writeProject(dir, lightPage(PAGE)),
    },
  ];
}
