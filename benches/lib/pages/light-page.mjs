/**
 * The light page of most benches: a title, a paragraph and a dozen shapes that move over a still
 * gradient. All lengths are shares of the height, so that it looks the same in every size.
 */
import { compositionHtml, FPS, randoms } from "./project.mjs";

const SHAPES = 12;
/** Seconds until a shape turns to somewhere else, and until the text enters again. */
const LEG = 2;

/** One shape: its markup and the tweens that keep it moving. */
function shape(index, { seconds, width, height }, random) {
  const size = Math.round(height * (0.06 + random() * 0.09));
  const place = () => [
    Math.round(random() * (width - size)),
    Math.round(random() * (height - size)),
  ];
  const [left, top] = place();
  const hue = Math.round(random() * 360);
  const angle = Math.round(random() * 360);
  const styles = [
    `left:${left}px;top:${top}px;width:${size}px;height:${size}px`,
    `background:linear-gradient(${angle}deg,hsl(${hue} 75% 60%),hsl(${(hue + 50) % 360} 75% 45%))`,
    `border-radius:${[0.1, 0.25, 0.5][index % 3] * size}px`,
  ];
  if (index % 4 === 0) {
    const [drop, blur] = [0.012 * height, 0.024 * height].map(Math.round);
    styles.push(`box-shadow:0 ${drop}px ${blur}px rgba(10,12,30,0.45)`);
  }
  const lines = [];
  // A leg always lasts about as long, so that a longer render moves as much in each frame.
  const legs = Math.max(1, Math.round(seconds / LEG));
  const duration = seconds / legs;
  for (let leg = 0; leg < legs; leg++) {
    // Half of the way to anywhere: shapes drift rather than fly.
    const [x, y] = place();
    const vars = {
      x: Math.round((x - left) / 2),
      y: Math.round((y - top) / 2),
      duration,
      ease: "sine.inOut",
    };
    // Drawing at an angle costs software rendering several times as much as moving.
    if (index % 3 === 0) vars.rotation = Math.round(random() * 120 - 60);
    if (index % 6 === 1) vars.scale = Number((0.8 + random() * 0.4).toFixed(2));
    lines.push(`tl.to("#s${index}", ${JSON.stringify(vars)}, ${leg * duration});`);
  }
  return { html: `<div id="s${index}" class="shape" style="${styles.join(";")}"></div>`, lines };
}

/**
 * @param {object} options
 * @param {number} options.frames
 * @param {number} [options.fps] that they are rendered at
 * @param {number} [options.width] CSS pixels
 * @param {number} [options.height] CSS pixels
 * @param {boolean} [options.transparent] no background, and soft edges for the alpha channel
 * @returns {string} HTML
 */
export function lightPage({ frames, fps = FPS, width = 1920, height = 1080, transparent = false }) {
  const seconds = frames / fps;
  const random = randoms(20240607);
  const shapes = Array.from({ length: SHAPES }, (_, index) =>
    shape(index, { seconds, width, height }, random),
  );
  const length = (share) => Math.round(share * height);
  const px = (share) => `${length(share)}px`;
  const beats = Array.from({ length: Math.ceil(seconds / LEG) }, (_, beat) => beat * LEG);
  const soft = ".shape:nth-child(3n) { filter: blur(3px); opacity: 0.8; }";
  return compositionHtml({
    title: "Light bench page",
    seconds,
    width,
    height,
    background: transparent ? "none" : "linear-gradient(135deg, #141a33, #3a1c52 60%, #5a2347)",
    css: `      .shape { position: absolute; will-change: transform; }
      h1 { position: absolute; left: ${px(0.11)}; top: ${px(0.28)}; margin: 0; font-size: ${px(0.13)}; font-weight: 800; letter-spacing: -0.04em; }
      h1 span { display: inline-block; white-space: pre; }
      p { position: absolute; left: ${px(0.12)}; top: ${px(0.46)}; width: ${px(0.85)}; margin: 0; font-size: ${px(0.032)}; line-height: 1.5; }
      #progress { position: absolute; left: 0; bottom: 0; width: 100%; height: ${px(0.01)}; background: linear-gradient(90deg, #ffd166, #ef476f); transform-origin: 0 50%; }
      ${transparent ? soft : ""}`,
    body: `      ${shapes.map(({ html }) => html).join("\n      ")}
      <h1>Light page</h1>
      <p>Text over moving shapes with gradients and a few shadows: what an ordinary composition asks of the browser in each frame.</p>
      <div id="progress"></div>`,
    script: `      const title = document.querySelector("h1");
      title.innerHTML = [...title.textContent].map((letter) => "<span>" + letter + "</span>").join("");
      for (const at of ${JSON.stringify(beats)}) {
        tl.fromTo("h1 span", { y: ${length(0.05)}, opacity: 0.2 }, { y: 0, opacity: 1, duration: 0.5, stagger: 0.05, ease: "power3.out" }, at);
        tl.fromTo("p", { x: ${length(0.04)}, opacity: 0.3 }, { x: 0, opacity: 1, duration: 0.8, ease: "power2.out" }, at + 0.3);
      }
      tl.fromTo("#progress", { scaleX: 0 }, { scaleX: 1, duration: ${seconds}, ease: "none" }, 0);
      ${shapes.flatMap(({ lines }) => lines).join("\n      ")}`,
  });
}
