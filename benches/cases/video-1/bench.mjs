/** One clip of 720p that fills a 1080p page. */
import { videoCase } from "../../lib/pages/video-page.mjs";

export const description = "one 720p clip that fills a 1080p page";

const SECONDS = 6;
const CANVAS = { width: 1920, height: 1080 };

export function cases() {
  const card = { clip: 2, left: 0, top: 0, ...CANVAS, start: 0, seconds: SECONDS };
  const page = {
    title: "One clip",
    titleStyle: "left: 120px; top: 780px;",
    seconds: SECONDS,
    ...CANVAS,
    radius: 0,
    cards: [{ ...card, zoom: "inside" }],
  };
  return [videoCase("hd", page)];
}
