/** A page full of detail that stands still, and one box that moves over it. */
import { compositionHtml, FPS, randoms } from "../../lib/pages/project.mjs";

const COLUMNS = 12;
const ROWS = 8;

function tile(index, random) {
  const hue = Math.round(random() * 360);
  const angle = Math.round(random() * 360);
  const style = `background:repeating-linear-gradient(${angle}deg,hsl(${hue} 60% 45%) 0 6px,hsl(${hue} 60% 38%) 6px 12px)`;
  return `<div class="tile" style="${style}"><b>${index + 1}</b> figures and words</div>`;
}

/**
 * @param {{frames: number}} options at 30 frames per second
 * @returns {string} HTML
 */
export function stillPage({ frames }) {
  const seconds = frames / FPS;
  const random = randoms(57721566);
  const tiles = Array.from({ length: COLUMNS * ROWS }, (_, index) => tile(index, random));
  return compositionHtml({
    title: "Still bench page",
    seconds,
    width: 1920,
    height: 1080,
    background: "radial-gradient(circle at 60% 30%, #2b3a67, #0b132b)",
    css: `      #grid { position: absolute; inset: 30px; display: grid; grid-template-columns: repeat(${COLUMNS}, 1fr); grid-template-rows: repeat(${ROWS}, 1fr); gap: 12px; }
      .tile { overflow: hidden; padding: 8px; border-radius: 14px; font-size: 15px; box-shadow: 0 6px 16px rgba(0, 0, 0, 0.5); }
      .tile b { font-size: 34px; }
      #box { position: absolute; left: 100px; top: 440px; width: 200px; height: 200px; border-radius: 24px; background: linear-gradient(45deg, #ff6b6b, #feca57); }`,
    body: `      <div id="grid">${tiles.join("")}</div>
      <div id="box"></div>`,
    script: `      tl.to("#box", { x: 1500, rotation: 180, duration: ${seconds}, ease: "sine.inOut" }, 0);`,
  });
}
