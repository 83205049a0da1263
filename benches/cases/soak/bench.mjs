/** Four clips for 3,000 frames: whether memory stays where it is. */
import { FPS } from "../../lib/pages/project.mjs";
import { grid, videoCase } from "../../lib/pages/video-page.mjs";

export const description = "four 720p clips on a 720p page, 100 s";
export const defaults = { quality: "draft", rounds: 1, engines: ["native"] };

const FRAMES = 3000;
/** Until then caches and pools may fill. */
const SETTLED_FRAMES = 300;
const CANVAS = { width: 1280, height: 720 };

export function cases() {
  const seconds = FRAMES / FPS;
  const cells = grid({ columns: 2, rows: 2, ...CANVAS, cardWidth: 592, cardHeight: 333 });
  const page = {
    title: "Soak",
    titleStyle: "left: 60px; top: 310px;",
    seconds,
    ...CANVAS,
    cards: cells.map((cell, clip) => ({ ...cell, clip, start: 0, seconds })),
  };
  return [videoCase("long", page, { settledFrames: SETTLED_FRAMES })];
}
