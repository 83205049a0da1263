/**
 * Thirty clips of 720p in 15 s at 1080p. The composition that this repeats, 90 s long, showed thirty
 * large clips one after the other for about 3 s each; here they overlap, so that as many source
 * frames are due in a sixth of the time.
 */
import { FPS } from "./project.mjs";
import { grid, videoCase } from "./video-page.mjs";

const CLIPS = 30;
const SECONDS = 15;
const SHOWN = 3;
const CANVAS = { width: 1920, height: 1080 };
const TITLE = "left: 40px; bottom: 20px;";

/**
 * A new clip about every 0.4 s, up to eight at a time; every third begins inside its file.
 * @returns {import("./video-page.mjs").Card[]}
 */
export function overlapping() {
  const cells = grid({ columns: 3, rows: 3, ...CANVAS, cardWidth: 576, cardHeight: 324 });
  return Array.from({ length: CLIPS }, (_, clip) => ({
    ...cells[clip % cells.length],
    clip,
    start: Math.round((clip * (SECONDS - SHOWN) * FPS) / (CLIPS - 1)) / FPS,
    seconds: SHOWN,
    from: clip % 3 === 2 ? 4 : 0,
    zoom: clip % 2 === 0 ? "inside" : "card",
    caption: `Clip ${clip + 1}`,
  }));
}

/**
 * All of them, all the time.
 * @returns {import("./video-page.mjs").Card[]}
 */
export function together() {
  const cells = grid({ columns: 6, rows: 5, ...CANVAS, cardWidth: 304, cardHeight: 171 });
  return cells.map((cell, clip) => ({ ...cell, clip, start: 0, seconds: SECONDS }));
}

/**
 * @param {"small" | "large"} set of media
 * @param {() => import("./video-page.mjs").Card[]} layout
 * @param {Partial<import("../case.mjs").BenchCase>} [more]
 */
export function thirtyClips(set, layout, more) {
  const page = { title: "Thirty clips", titleStyle: TITLE, seconds: SECONDS, ...CANVAS };
  return videoCase(set, { ...page, cards: layout() }, more);
}

/** @param {"small" | "large"} set of media @returns {import("../case.mjs").BenchCase[]} */
export function thirtyClipCases(set) {
  return [
    thirtyClips(set, overlapping, { name: "overlapping" }),
    thirtyClips(set, together, { name: "together", onRequest: true }),
  ];
}
