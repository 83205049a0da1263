/** A page of what is dear to draw: filters, backdrop filters, 3D, blend modes and clip paths. */
import { compositionHtml, FPS, randoms } from "../../lib/pages/project.mjs";

const WIDTH = 1920;
const HEIGHT = 1080;
/** How many elements of each kind; 200 in all. */
const KINDS = { card: 46, blend: 40, clip: 70, glow: 38, glass: 6 };
const BLEND_MODES = ["screen", "multiply", "overlay", "color-dodge", "soft-light"];
const CLIP_PATHS = [
  "circle(46%)",
  "polygon(50% 0, 100% 38%, 82% 100%, 18% 100%, 0 38%)",
  "inset(8% 14% round 24px)",
];
/** Seconds of one movement. */
const LEG = 2;

const SIZES = { card: 130, blend: 150, clip: 120, glow: 100, glass: 220 };

function styleOf(kind, index) {
  if (kind === "blend") return `mix-blend-mode:${BLEND_MODES[index % BLEND_MODES.length]}`;
  if (kind === "clip") return `clip-path:${CLIP_PATHS[index % CLIP_PATHS.length]}`;
  if (kind === "glow") return `filter:blur(${4 + (index % 4) * 3}px) saturate(1.4)`;
  if (kind === "glass") return "backdrop-filter:blur(12px) brightness(1.15)";
  return "box-shadow:0 14px 30px rgba(0,0,0,0.4)";
}

function element(kind, index, number, seconds, random) {
  const size = Math.round(SIZES[kind] * (0.75 + random() * 0.5));
  const left = Math.round(random() * (WIDTH - size));
  const top = Math.round(random() * (HEIGHT - size));
  const hue = Math.round(random() * 360);
  const fill =
    kind === "glass"
      ? "rgba(255,255,255,0.12)"
      : `linear-gradient(${Math.round(random() * 360)}deg,hsl(${hue} 80% 62%),hsl(${(hue + 70) % 360} 80% 42%))`;
  const style = `left:${left}px;top:${top}px;width:${size}px;height:${size}px;background:${fill};${styleOf(kind, index)}`;
  const html = `<div id="e${number}" class="${kind}" style="${style}"></div>`;
  // Every second one stays where it is, as in most designs; it is drawn all the same.
  if (index % 2 === 1) return { kind, html, lines: [] };
  const legs = Math.max(1, Math.round(seconds / LEG));
  const lines = Array.from({ length: legs }, (_, leg) => {
    const vars = {
      x: Math.round((random() - 0.5) * 160),
      y: Math.round((random() - 0.5) * 120),
      rotation: Math.round(random() * 60 - 30),
      duration: seconds / legs,
      ease: "sine.inOut",
    };
    if (kind === "card") {
      Object.assign(vars, {
        rotationY: Math.round(random() * 160 - 80),
        rotationX: Math.round(random() * 60 - 30),
        z: Math.round(random() * 160 - 80),
      });
    }
    return `      tl.to("#e${number}", ${JSON.stringify(vars)}, ${(leg * seconds) / legs});`;
  });
  return { kind, html, lines };
}

/**
 * @param {{frames: number}} options at 30 frames per second
 * @returns {string} HTML
 */
export function heavyPage({ frames }) {
  const seconds = frames / FPS;
  const random = randoms(31415926);
  const list = Object.entries(KINDS).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => [kind, index]),
  );
  const elements = list.map(([kind, index], number) =>
    element(kind, index, number, seconds, random),
  );
  const of = (wanted) =>
    elements
      .filter(({ kind }) => (kind === "card") === wanted)
      .map(({ html }) => `        ${html}`)
      .join("\n");
  return compositionHtml({
    title: "Heavy bench page",
    seconds,
    width: WIDTH,
    height: HEIGHT,
    background: "radial-gradient(circle at 30% 20%, #3b1d6b, #0d1b3f 55%, #06070f)",
    css: `      #stage { position: absolute; inset: 0; perspective: 1200px; }
      .card, .blend, .clip, .glow, .glass { position: absolute; }
      .card { border-radius: 18px; }
      .glass { border-radius: 28px; border: 1px solid rgba(255, 255, 255, 0.35); box-sizing: border-box; }
      h1 { position: absolute; left: 120px; top: 440px; margin: 0; font-size: 160px; font-weight: 800; text-shadow: 0 0 40px rgba(120, 200, 255, 0.8); }`,
    body: `      <div id="stage">
${of(true)}
      </div>
${of(false)}
      <h1>Heavy page</h1>`,
    script: `      tl.fromTo("h1", { letterSpacing: "-6px" }, { letterSpacing: "10px", duration: ${seconds}, ease: "none" }, 0);
${elements.flatMap(({ lines }) => lines).join("\n")}`,
  });
}
