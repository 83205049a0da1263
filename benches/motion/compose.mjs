/** Writes the composition of the motion bench: the same page for the same options, always. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { materializeProject } from "../../scripts/materialize.mjs";

const FPS = 30;
const WIDTH = 1920;
const HEIGHT = 1080;

/** Park-Miller: repeatable numbers in 0..1. */
function randoms(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** One element: its markup and the tweens that keep it moving for `seconds`. */
function shape(index, seconds, random) {
  const size = Math.round(70 + random() * 170);
  const left = Math.round(random() * (WIDTH - size));
  const top = Math.round(random() * (HEIGHT - size));
  const hue = Math.round(random() * 360);
  const styles = [
    `left:${left}px;top:${top}px;width:${size}px;height:${size}px`,
    `background:linear-gradient(${Math.round(random() * 360)}deg,hsl(${hue} 75% 60%),hsl(${(hue + 50) % 360} 75% 45%))`,
    `border-radius:${[12, 28, Math.round(size / 2)][index % 3]}px`,
  ];
  if (index % 4 === 0) styles.push("box-shadow:0 18px 36px rgba(10,12,30,0.45)");
  const tweens = [];
  // Legs of about two seconds, so that a longer render moves as much per frame as a short one.
  const legs = Math.max(1, Math.round(seconds / 2));
  for (let leg = 0; leg < legs; leg++) {
    const x = Math.round(random() * (WIDTH - size) - left);
    const y = Math.round(random() * (HEIGHT - size) - top);
    const rotation = Math.round(random() * 360 - 180);
    const scale = (0.7 + random() * 0.7).toFixed(2);
    tweens.push({
      leg,
      vars: `{x:${x},y:${y},rotation:${rotation},scale:${scale},duration:${seconds / legs},ease:"sine.inOut"}`,
    });
  }
  const id = `s${index}`;
  return {
    html: `<div id="${id}" class="shape" style="${styles.join(";")}"></div>`,
    script: tweens
      .map(({ leg, vars }) => `tl.to("#${id}",${vars},${(leg * seconds) / legs});`)
      .join("\n"),
  };
}

function page({ frames, shapes }) {
  const seconds = frames / FPS;
  const random = randoms(20240607);
  const all = Array.from({ length: shapes }, (_, index) => shape(index, seconds, random));
  const beats = Array.from({ length: Math.ceil(seconds / 2) }, (_, beat) => beat * 2);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Motion bench</title>
    <script src="vendor/gsap.min.js"></script>
    <style>
      @font-face { font-family: "Bench Sans"; font-weight: 400; src: url("vendor/inter-400.woff2") format("woff2"); }
      @font-face { font-family: "Bench Sans"; font-weight: 800; src: url("vendor/inter-800.woff2") format("woff2"); }
      body { margin: 0; }
      #root { position: relative; width: ${WIDTH}px; height: ${HEIGHT}px; overflow: hidden; background: linear-gradient(135deg, #141a33, #3a1c52 60%, #5a2347); font-family: "Bench Sans", sans-serif; color: #fff; }
      .shape { position: absolute; }
      h1 { position: absolute; left: 120px; top: 300px; margin: 0; font-size: 150px; font-weight: 800; letter-spacing: -6px; text-shadow: 0 8px 30px rgba(0, 0, 0, 0.4); }
      h1 span { display: inline-block; white-space: pre; }
      p { position: absolute; left: 128px; top: 500px; width: 900px; margin: 0; font-size: 34px; line-height: 1.5; }
      #progress { position: absolute; left: 0; bottom: 0; width: 100%; height: 12px; background: linear-gradient(90deg, #ffd166, #ef476f); transform-origin: 0 50%; }
    </style>
  </head>
  <body>
    <div id="root" data-composition-id="main" data-start="0" data-duration="${seconds}" data-width="${WIDTH}" data-height="${HEIGHT}">
      ${all.map(({ html }) => html).join("\n      ")}
      <h1>Motion bench</h1>
      <p>Text over moving shapes with gradients and a few shadows: what an ordinary composition asks of the browser in each frame.</p>
      <div id="progress"></div>
    </div>
    <script>
      const title = document.querySelector("h1");
      title.innerHTML = [...title.textContent].map((letter) => "<span>" + letter + "</span>").join("");
      const tl = gsap.timeline({ paused: true });
      for (const at of ${JSON.stringify(beats)}) {
        tl.fromTo("h1 span", { y: 60, opacity: 0.2 }, { y: 0, opacity: 1, duration: 0.7, stagger: 0.06, ease: "power3.out" }, at);
        tl.fromTo("p", { x: 40, opacity: 0.3 }, { x: 0, opacity: 1, duration: 1.2, ease: "power2.out" }, at + 0.3);
      }
      tl.fromTo("#progress", { scaleX: 0 }, { scaleX: 1, duration: ${seconds}, ease: "none" }, 0);
      ${all.map(({ script }) => script).join("\n      ")}
      window.__timelines = window.__timelines || {};
      window.__timelines["main"] = tl;
    </script>
  </body>
</html>
`;
}

/**
 * @param {string} dir empty folder
 * @param {{frames: number, shapes: number}} options at 30 frames per second
 * @returns {Promise<string>} the folder to render
 */
export async function writeProject(dir, options) {
  const source = path.join(dir, "source");
  await mkdir(source);
  await writeFile(path.join(source, "index.html"), page(options));
  const recipe = { vendor: ["gsap", "inter-400", "inter-800"] };
  await writeFile(path.join(source, "materialize.json"), JSON.stringify(recipe));
  return materializeProject(source, path.join(dir, "ready"));
}
