/** The light page at 1080p, short and long. */
import { lightPage } from "../../lib/pages/light-page.mjs";
import { writeProject } from "../../lib/pages/project.mjs";

export const description = "light 1080p page";

export function cases() {
  return [120, 600].map((frames) => ({
    name: String(frames),
    prepare: (dir) => writeProject(dir, lightPage({ frames })),
  }));
}
