/** What the benches with source video share: cards that show clips, and the project around them. */
import { copyFile, link, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { mediaSet } from "./media.mjs";
import { compositionHtml, FPS, writeProject } from "./project.mjs";

/** Seconds in which a card enters and leaves. */
const ENTER = 0.4;

/**
 * @typedef {object} Card a clip on the page; lengths in CSS pixels, times in seconds
 * @property {number} clip number in its media set
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} start
 * @property {number} seconds
 * @property {number} [from] where in the clip it begins
 * @property {"inside" | "card"} [zoom] what grows slightly while it is shown: the clip in its card,
 *   or the card
 * @property {string} [caption] over its lower edge
 */

/** Cells of equal cards with equal gaps, row by row. */
export function grid({ columns, rows, width, height, cardWidth, cardHeight }) {
  const gapX = (width - columns * cardWidth) / (columns + 1);
  const gapY = (height - rows * cardHeight) / (rows + 1);
  return Array.from({ length: columns * rows }, (_, cell) => ({
    left: Math.round(gapX + (cell % columns) * (cardWidth + gapX)),
    top: Math.round(gapY + Math.floor(cell / columns) * (cardHeight + gapY)),
    width: cardWidth,
    height: cardHeight,
  }));
}

const fileName = (clip) => `clip-${String(clip).padStart(2, "0")}.mp4`;

function cardHtml({ left, top, width, height, start, seconds, clip, from = 0, caption }, index) {
  const place = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
  const timing = `data-start="${start}" data-duration="${seconds}" data-track-index="${index}"`;
  const origin = from > 0 ? ` data-media-start="${from}"` : "";
  return `      <div class="card" id="card${index}" style="${place}">
        <video id="v${index}" class="clip" src="assets/${fileName(clip)}" muted playsinline ${timing}${origin}></video>${caption ? `\n        <span>${caption}</span>` : ""}
      </div>`;
}

/** Tweens of one card. `seconds` of the whole page: a card that stays to its end does not leave. */
function cardLines({ start, seconds, zoom, caption }, index, pageSeconds) {
  const tween = (target, from, to, at) =>
    `tl.fromTo("${target}", ${JSON.stringify(from)}, ${JSON.stringify(to)}, ${at});`;
  const card = `#card${index}`;
  const lines = [];
  if (start > 0) {
    lines.push(tween(card, { opacity: 0 }, { opacity: 1, duration: ENTER }, start));
  }
  const end = start + seconds;
  if (end < pageSeconds) {
    lines.push(`tl.to("${card}", { opacity: 0, duration: ${ENTER} }, ${end - ENTER});`);
  }
  if (zoom) {
    const [target, scale] = zoom === "inside" ? [`#v${index}`, 1.08] : [card, 1.04];
    lines.push(tween(target, { scale: 1 }, { scale, duration: seconds, ease: "none" }, start));
  }
  if (caption) {
    const entrance = { x: 0, opacity: 1, duration: 0.6, ease: "power2.out" };
    lines.push(tween(`${card} span`, { x: -24, opacity: 0 }, entrance, start + 0.2));
  }
  return lines;
}

/**
 * A page of cards with a title that enters again every two seconds, and a bar that grows.
 * @param {object} page
 * @param {string} page.title on the page; its element may be placed by `titleStyle`
 * @param {string} page.titleStyle CSS declarations
 * @param {number} page.seconds
 * @param {number} page.width CSS pixels
 * @param {number} page.height CSS pixels
 * @param {Card[]} page.cards
 * @param {number} [page.radius] of the cards' corners, CSS pixels
 * @returns {string} HTML
 */
export function videoPage({ title, titleStyle, seconds, width, height, cards, radius = 18 }) {
  const px = (share) => `${Math.round(share * height)}px`;
  const beats = Array.from({ length: Math.ceil(seconds / 2) }, (_, beat) => beat * 2);
  return compositionHtml({
    title: `${title}, bench page`,
    seconds,
    width,
    height,
    background: "linear-gradient(135deg, #10141f, #232a45 60%, #3a2347)",
    css: `      .card { position: absolute; overflow: hidden; border-radius: ${radius}px; background: #000; }
      .card video { position: absolute; left: 0; top: 0; width: 100%; height: 100%; object-fit: cover; }
      .card span { position: absolute; left: 0; bottom: ${px(0.02)}; padding: ${px(0.006)} ${px(0.018)}; background: rgba(8, 10, 20, 0.6); font-size: ${px(0.024)}; }
      h1 { position: absolute; margin: 0; font-size: ${px(0.07)}; font-weight: 800; letter-spacing: -0.03em; line-height: 1.05; text-shadow: 0 2px 12px rgba(0, 0, 0, 0.4); ${titleStyle} }
      #progress { position: absolute; left: 0; bottom: 0; width: 100%; height: ${px(0.008)}; background: linear-gradient(90deg, #ffd166, #ef476f); transform-origin: 0 50%; }`,
    body: `${cards.map(cardHtml).join("\n")}
      <h1>${title}</h1>
      <div id="progress"></div>`,
    script: `      for (const at of ${JSON.stringify(beats)}) {
        tl.fromTo("h1", { y: ${Math.round(0.03 * height)}, opacity: 0.2 }, { y: 0, opacity: 1, duration: 0.7, ease: "power3.out" }, at);
      }
      tl.fromTo("#progress", { scaleX: 0 }, { scaleX: 1, duration: ${seconds}, ease: "none" }, 0);
      ${cards.flatMap((card, index) => cardLines(card, index, seconds)).join("\n      ")}`,
  });
}

/** A file under another name without copying it, where the file system can. */
async function place(from, to) {
  await link(from, to).catch((error) => {
    if (error.code !== "EXDEV" && error.code !== "EPERM") throw error;
    return copyFile(from, to);
  });
}

/**
 * Writes a project with a page and its clips, as `assets/clip-00.mp4` and so on.
 * @param {string} dir empty folder
 * @param {string} set of the clips
 * @param {string} html
 * @param {Iterable<number>} clips numbers in the set
 * @returns {Promise<string>} the folder to render
 */
export async function writeClipProject(dir, set, html, clips) {
  const files = await mediaSet(set);
  const project = await writeProject(dir, html);
  await mkdir(path.join(project, "assets"));
  for (const clip of new Set(clips)) {
    await place(files[clip], path.join(project, "assets", fileName(clip)));
    // Read once, so that the first engine to render does not pay for the disk.
    await readFile(files[clip]);
  }
  return project;
}

/**
 * A case that shows clips.
 * @param {string} set of media
 * @param {Parameters<typeof videoPage>[0]} page
 * @param {Partial<import("../case.mjs").BenchCase>} [more] `name` defaults to the number of frames
 * @returns {import("../case.mjs").BenchCase}
 */
export function videoCase(set, page, more = {}) {
  return {
    name: String(Math.round(page.seconds * FPS)),
    prepare: (dir) =>
      writeClipProject(
        dir,
        set,
        videoPage(page),
        page.cards.map(({ clip }) => clip),
      ),
    windows: async () => {
      const files = await mediaSet(set);
      return page.cards.map(({ clip, from = 0, seconds }) => ({
        file: files[clip],
        from,
        seconds,
      }));
    },
    ...more,
  };
}
