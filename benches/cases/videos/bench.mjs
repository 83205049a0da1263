/** Eight clips of 720p around a title at 1080p. */
import { grid, videoCase } from "../../lib/pages/video-page.mjs";

export const description = "eight 720p clips on a 1080p page";

const SECONDS = 6;
const CANVAS = { width: 1920, height: 1080 };
/** The middle of three by three cells is the title's. */
const MIDDLE = 4;

/** @returns {import("../../lib/pages/video-page.mjs").Card[]} */
export function cards() {
  return grid({ columns: 3, rows: 3, ...CANVAS, cardWidth: 576, cardHeight: 324 })
    .filter((_, cell) => cell !== MIDDLE)
    .map((cell, clip) => ({
      ...cell,
      clip,
      start: 0,
      seconds: SECONDS,
      zoom: clip % 2 === 0 ? "inside" : "card",
      caption: `Clip ${clip + 1}`,
    }));
}

export function cases() {
  const title = "Eight clips";
  const titleStyle = "left: 672px; top: 490px; width: 576px; text-align: center;";
  const page = { title, titleStyle, seconds: SECONDS, ...CANVAS, cards: cards() };
  return [videoCase("hd", page)];
}
