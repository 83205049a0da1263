/**
 * A page of full-size scenes that shader transitions join: titles, cards and shapes that move on
 * gradients, another layout in each. Lengths are shares of the height.
 */
import { compositionHtml, FPS, randoms } from "./project.mjs";

const CARDS = 6;

/**
 * @typedef {object} Transition
 * @property {string} shader
 * @property {number} time start, seconds
 * @property {number} duration seconds
 */

function scene(index, { seconds, width, height }, random) {
  const drift = Math.round(0.06 * height);
  const hue = Math.round(random() * 360);
  const cards = Array.from({ length: CARDS }, (_, card) => {
    const [column, row] = [card % 3, Math.floor(card / 3)];
    const left = Math.round(width * (0.08 + column * 0.29));
    const top = Math.round(height * (0.34 + row * 0.3));
    const background = `linear-gradient(${Math.round(random() * 360)}deg, hsl(${hue + card * 25} 70% 62%), hsl(${hue + 60 + card * 25} 65% 40%))`;
    return `<div class="card" style="left:${left}px;top:${top}px;background:${background}">Card ${card + 1}</div>`;
  });
  const background = `linear-gradient(${index * 70 + 120}deg, hsl(${hue + 180} 45% 16%), hsl(${hue + 230} 50% 34%))`;
  const id = `scene-${index}`;
  const start = `data-start="0" data-duration="${seconds}" data-track-index="${index}"`;
  const html = `      <section id="${id}" class="scene" ${start} style="background:${background}">
        <h1>Scene ${index + 1}</h1>
        ${cards.join("\n        ")}
        <div class="disc" style="background:hsl(${hue + 90} 80% 60%)"></div>
      </section>`;
  const lines = [
    `tl.fromTo("#${id} .card", { y: ${drift} }, { y: ${-drift}, duration: ${seconds}, stagger: 0.05, ease: "sine.inOut" }, 0);`,
    `tl.fromTo("#${id} .disc", { x: 0 }, { x: ${Math.round(width * 0.5)}, rotation: 90, duration: ${seconds}, ease: "none" }, 0);`,
  ];
  return { id, html, lines };
}

/**
 * @param {object} options
 * @param {number} options.frames
 * @param {number} options.width CSS pixels
 * @param {number} options.height CSS pixels
 * @param {Transition[]} options.transitions in order of time
 * @returns {string} HTML
 */
export function scenesPage({ frames, width, height, transitions }) {
  const seconds = frames / FPS;
  const random = randoms(31415);
  const size = { seconds, width, height };
  const scenes = Array.from({ length: transitions.length + 1 }, (_, i) => scene(i, size, random));
  const px = (share) => `${Math.round(share * height)}px`;
  return compositionHtml({
    title: "Scenes",
    seconds,
    width,
    height,
    background: "#10131c",
    head: `<script src="vendor/shader-transitions.js"></script>`,
    css: `      .scene { position: absolute; inset: 0; overflow: hidden; }
      h1 { position: absolute; left: 8%; top: 8%; margin: 0; font-size: ${px(0.14)}; font-weight: 800; }
      .card { position: absolute; width: 25%; height: 24%; padding: ${px(0.02)}; box-sizing: border-box; border-radius: ${px(0.03)}; font-size: ${px(0.05)}; }
      .disc { position: absolute; left: 30%; top: 10%; width: ${px(0.14)}; height: ${px(0.14)}; border-radius: 35%; }`,
    body: scenes.map(({ html }) => html).join("\n"),
    script: `${scenes.flatMap(({ lines }) => lines.map((line) => `      ${line}`)).join("\n")}
      HyperShader.init({
        bgColor: "#10131c",
        scenes: ${JSON.stringify(scenes.map(({ id }) => id))},
        transitions: ${JSON.stringify(transitions)},
        timeline: tl,
      });`,
  });
}
