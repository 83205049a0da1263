/** The light page, small and for two minutes. */
import { lightPage } from "../../lib/pages/light-page.mjs";
import { writeProject } from "../../lib/pages/project.mjs";

export const description = "light 640x360 page, two minutes";

const PAGE = { frames: 3600, width: 640, height: 360 };

export function cases() {
  return [{ name: String(PAGE.frames), prepare: (dir) => writeProject(dir, lightPage(PAGE)) }];
}
