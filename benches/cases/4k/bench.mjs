/** The light 1080p page in 4K: twice the device pixels per CSS pixel. */
import { lightPage } from "../../lib/pages/light-page.mjs";
import { writeProject } from "../../lib/pages/project.mjs";

export const description = "light 1080p page rendered as 4K";

const FRAMES = 90;

export function cases() {
  return [
    {
      name: String(FRAMES),
      flags: ["--resolution", "4k"],
      scale: 2,
      prepare: (dir) => writeProject(dir, lightPage({ frames: FRAMES })),
    },
  ];
}
