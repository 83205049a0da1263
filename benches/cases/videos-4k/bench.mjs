/** Two clips of 3840x2160 on a 1080p page: one fills it, one lies over its corner. */
import { videoCase } from "../../lib/pages/video-page.mjs";

export const description = "two 4K clips on a 1080p page";

const SECONDS = 3;
const CANVAS = { width: 1920, height: 1080 };

export function cases() {
  const timing = { start: 0, seconds: SECONDS };
  const page = {
    title: "Two 4K clips",
    titleStyle: "left: 96px; top: 820px;",
    seconds: SECONDS,
    ...CANVAS,
    radius: 0,
    cards: [
      { clip: 0, left: 0, top: 0, ...CANVAS, ...timing },
      { clip: 1, left: 1104, top: 48, width: 768, height: 432, ...timing, zoom: "card" },
    ],
  };
  return [videoCase("uhd", page)];
}
