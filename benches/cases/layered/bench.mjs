/** Shader transitions, blended in the page (the default) and by the engine. */
import { writeProject } from "../../lib/pages/project.mjs";
import { scenesPage } from "../../lib/pages/scenes-page.mjs";

export const description = "shader transitions between full-size scenes";

const BY_ENGINE = ["--no-page-side-compositing"];

/** The figures' own page: two windows of 0.9 s in 4 s. */
const SMALL = {
  frames: 120,
  width: 854,
  height: 480,
  transitions: [
    { time: 0.9, duration: 0.9, shader: "domain-warp" },
    { time: 2.4, duration: 0.9, shader: "swirl-vortex" },
  ],
};
/** Where a frame costs upstream most. */
const LARGE = {
  frames: 150,
  width: 1920,
  height: 1080,
  transitions: [1, 2.5, 4].map((time) => ({ time, duration: 0.5, shader: "cinematic-zoom" })),
};

export function cases() {
  const page = (name, size, rest = {}) => ({
    name,
    prepare: (dir) => writeProject(dir, scenesPage(size), ["shader-transitions"]),
    ...rest,
  });
  return [
    page("native", SMALL, { flags: BY_ENGINE }),
    page("default", SMALL),
    page("native-1080p", LARGE, { flags: BY_ENGINE, onRequest: true }),
    page("default-1080p", LARGE, { onRequest: true }),
  ];
}
