/** Slides with text and a diagram: short transitions, and seconds in which nothing moves. */
import { compositionHtml, randoms } from "../../lib/pages/project.mjs";

const WIDTH = 1920;
const HEIGHT = 1080;
/** Seconds until everything on a slide has entered. */
const ENTRANCE = 1.1;
const LINES = [
  "What changed since the last release",
  "Fewer steps between an idea and a file",
  "Measured on the machines that people have",
];

function slide(index, random) {
  const hue = Math.round(random() * 360);
  const bars = Array.from({ length: 7 }, (_, bar) => {
    const height = Math.round(120 + random() * 380);
    return `<i style="left:${bar * 96}px;height:${height}px;background:hsl(${(hue + bar * 18) % 360} 70% 58%)"></i>`;
  });
  const background = `linear-gradient(${Math.round(random() * 360)}deg,hsl(${hue} 45% 16%),hsl(${(hue + 60) % 360} 45% 26%))`;
  return `      <section id="slide${index}" style="background:${background}">
        <h2>Slide ${index + 1}</h2>
        <ul>${LINES.map((line) => `<li>${line}</li>`).join("")}</ul>
        <div class="bars">${bars.join("")}</div>
      </section>`;
}

/** Tweens of one slide that begins at `at` seconds. */
function entrance(index, at) {
  const id = `#slide${index}`;
  const tween = (selector, from, to, offset) =>
    `      tl.fromTo("${id}${selector}", ${JSON.stringify(from)}, ${JSON.stringify(to)}, ${at + offset});`;
  const lines = [
    tween(" h2", { y: 40, opacity: 0 }, { y: 0, opacity: 1, duration: 0.5 }, 0.2),
    tween(" li", { x: -40, opacity: 0 }, { x: 0, opacity: 1, duration: 0.5, stagger: 0.1 }, 0.3),
    tween(" i", { scaleY: 0 }, { scaleY: 1, duration: 0.6, stagger: 0.03 }, 0.3),
  ];
  if (index > 0) {
    lines.unshift(
      `      tl.set("${id}", { visibility: "visible" }, ${at});`,
      tween("", { x: WIDTH }, { x: 0, duration: 0.5, ease: "power2.out" }, 0),
    );
  }
  return lines;
}

/**
 * @param {{slides: number, secondsEach: number}} options `secondsEach` above the 1.1 s in which a
 *   slide enters
 * @returns {string} HTML
 */
export function slidesPage({ slides, secondsEach }) {
  if (secondsEach <= ENTRANCE) {
    throw new RangeError(`secondsEach is ${secondsEach}; use more than ${ENTRANCE}`);
  }
  const random = randoms(19690721);
  const indices = Array.from({ length: slides }, (_, index) => index);
  return compositionHtml({
    title: "Slides bench page",
    seconds: slides * secondsEach,
    width: WIDTH,
    height: HEIGHT,
    background: "#101018",
    css: `      section { position: absolute; inset: 0; visibility: hidden; }
      #slide0 { visibility: visible; }
      h2 { position: absolute; left: 120px; top: 130px; margin: 0; font-size: 120px; font-weight: 800; letter-spacing: -4px; }
      ul { position: absolute; left: 120px; top: 400px; width: 800px; margin: 0; padding: 0; list-style: none; font-size: 44px; line-height: 2; }
      .bars { position: absolute; right: 120px; bottom: 150px; width: 656px; height: 520px; }
      i { position: absolute; bottom: 0; width: 76px; border-radius: 10px 10px 0 0; transform-origin: 50% 100%; box-shadow: 0 10px 24px rgba(0, 0, 0, 0.35); }`,
    body: indices.map((index) => slide(index, random)).join("\n"),
    script: indices.flatMap((index) => entrance(index, index * secondsEach)).join("\n"),
  });
}
