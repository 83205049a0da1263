/** Panes of glass that blur and colour what moves behind them. */
import { compositionHtml, FPS, randoms } from "../../lib/pages/project.mjs";

const WIDTH = 1920;
const HEIGHT = 1080;
const BALLS = 24;
const PANES = [
  { left: 120, top: 120, width: 520, height: 380, filter: "blur(14px) saturate(1.5)" },
  { left: 700, top: 260, width: 560, height: 520, filter: "blur(26px) brightness(1.1)" },
  { left: 1320, top: 90, width: 460, height: 640, filter: "blur(8px) contrast(1.2)" },
  { left: 220, top: 640, width: 420, height: 320, filter: "blur(20px) hue-rotate(30deg)" },
];

function ball(index, seconds, random) {
  const size = Math.round(80 + random() * 180);
  const left = Math.round(random() * (WIDTH - size));
  const top = Math.round(random() * (HEIGHT - size));
  const hue = Math.round(random() * 360);
  const style = `left:${left}px;top:${top}px;width:${size}px;height:${size}px;background:radial-gradient(circle at 35% 30%,hsl(${hue} 90% 75%),hsl(${hue} 80% 45%))`;
  const vars = {
    x: Math.round((random() - 0.5) * 700),
    y: Math.round((random() - 0.5) * 500),
    duration: seconds,
    ease: "sine.inOut",
  };
  return {
    html: `<div id="b${index}" class="ball" style="${style}"></div>`,
    line: `      tl.to("#b${index}", ${JSON.stringify(vars)}, 0);`,
  };
}

function pane({ left, top, width, height, filter }, index) {
  const style = `left:${left}px;top:${top}px;width:${width}px;height:${height}px;backdrop-filter:${filter}`;
  return `<div id="p${index}" class="pane" style="${style}"><b>Pane ${index + 1}</b><p>What moves behind it is blurred anew in each frame.</p></div>`;
}

/**
 * @param {{frames: number}} options at 30 frames per second
 * @returns {string} HTML
 */
export function glassPage({ frames }) {
  const seconds = frames / FPS;
  const random = randoms(271828);
  const balls = Array.from({ length: BALLS }, (_, index) => ball(index, seconds, random));
  return compositionHtml({
    title: "Glass bench page",
    seconds,
    width: WIDTH,
    height: HEIGHT,
    background: "linear-gradient(120deg, #0f2027, #203a43 50%, #2c5364)",
    css: `      .ball { position: absolute; border-radius: 50%; }
      .pane { position: absolute; box-sizing: border-box; padding: 32px; border-radius: 30px; border: 1px solid rgba(255, 255, 255, 0.35); background: rgba(255, 255, 255, 0.12); font-size: 30px; }
      .pane b { font-size: 52px; font-weight: 800; }`,
    body: `${balls.map(({ html }) => `      ${html}`).join("\n")}
${PANES.map((one, index) => `      ${pane(one, index)}`).join("\n")}`,
    script: `${balls.map(({ line }) => line).join("\n")}
      tl.to(".pane", { y: -40, duration: ${seconds}, stagger: 0.1, ease: "sine.inOut" }, 0);`,
  });
}
