/**
 * Cards with soft shadows that move and turn all the time: every third blurred, every fifth blended
 * with what is below, every seventh cut out, under a cube in 3D and one large pane of glass.
 */
import { compositionHtml, FPS, randoms } from "../../lib/pages/project.mjs";

const WIDTH = 1920;
const HEIGHT = 1080;
const CARDS = 200;
const CUBE = 260;

/** What the card wears beside its shadow. */
function wear(index) {
  if (index % 7 === 3) return "clip-path:polygon(50% 0,100% 38%,82% 100%,18% 100%,0 38%)";
  if (index % 5 === 0) return "mix-blend-mode:screen";
  if (index % 3 === 0) return `filter:blur(${3 + (index % 4) * 2}px)`;
  return "";
}

function card(index, seconds, random) {
  const width = Math.round(180 + random() * 160);
  const height = Math.round(130 + random() * 120);
  const left = Math.round(random() * (WIDTH - width));
  const top = Math.round(random() * (HEIGHT - height));
  const hue = Math.round(random() * 360);
  const style = [
    `left:${left}px;top:${top}px;width:${width}px;height:${height}px`,
    `background:linear-gradient(140deg,hsl(${hue} 70% 58%),hsl(${(hue + 40) % 360} 70% 40%))`,
    wear(index),
  ];
  const vars = {
    x: Math.round((random() - 0.5) * 240),
    y: Math.round((random() - 0.5) * 200),
    rotation: Math.round(30 + random() * 120),
    duration: seconds,
    ease: "sine.inOut",
  };
  return {
    html: `<div id="c${index}" class="card" style="${style.filter(Boolean).join(";")}"></div>`,
    line: `      tl.to("#c${index}", ${JSON.stringify(vars)}, 0);`,
  };
}

const SIDES = ["0deg 0", "90deg 0", "180deg 0", "270deg 0", "0deg 90deg", "0deg -90deg"];

function side(turns, index) {
  const [y, x] = turns.split(" ");
  const transform = `rotateY(${y}) rotateX(${x}) translateZ(${CUBE / 2}px)`;
  return `<div class="side" style="transform:${transform};background:hsl(${index * 60} 70% 55%)">${index + 1}</div>`;
}

/**
 * @param {{frames: number}} options at 30 frames per second
 * @returns {string} HTML
 */
export function cardsPage({ frames }) {
  const seconds = frames / FPS;
  const random = randoms(1618033);
  const cards = Array.from({ length: CARDS }, (_, index) => card(index, seconds, random));
  return compositionHtml({
    title: "Cards bench page",
    seconds,
    width: WIDTH,
    height: HEIGHT,
    background: "linear-gradient(160deg, #10243f, #3a174f 70%, #150a24)",
    css: `      .card { position: absolute; border-radius: 16px; box-shadow: 0 24px 60px rgba(0, 0, 0, 0.45); }
      #space { position: absolute; left: 1400px; top: 180px; width: ${CUBE}px; height: ${CUBE}px; perspective: 900px; }
      #cube { width: 100%; height: 100%; transform-style: preserve-3d; }
      .side { position: absolute; inset: 0; opacity: 0.85; font-size: 140px; line-height: ${CUBE}px; text-align: center; font-weight: 800; }
      #pane { position: absolute; left: 160px; top: 220px; width: 1300px; height: 640px; border-radius: 36px; background: rgba(255, 255, 255, 0.1); backdrop-filter: blur(30px); }
      h1 { margin: 130px 60px; font-size: 110px; font-weight: 800; }`,
    body: `${cards.map(({ html }) => `      ${html}`).join("\n")}
      <div id="space"><div id="cube">${SIDES.map(side).join("")}</div></div>
      <div id="pane"><h1>Two hundred cards</h1></div>`,
    script: `${cards.map(({ line }) => line).join("\n")}
      tl.to("#cube", { rotationX: 200, rotationY: 320, duration: ${seconds}, ease: "none" }, 0);
      tl.to("#pane", { x: 120, duration: ${seconds}, ease: "sine.inOut" }, 0);`,
  });
}
