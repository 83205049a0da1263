/**
 * Particles as people write them by hand: one canvas, one loop of animation frames, places that are
 * moved on by the time since the frame before. A title of the timeline lies above.
 */
import { compositionHtml, FPS } from "../../lib/pages/project.mjs";

const WIDTH = 1920;
const HEIGHT = 1080;
const PARTICLES = 260;
/** Particles that are nearer are joined by a line, pixels. */
const REACH = 110;

const LINES = `
        draw.lineWidth = 1.5;
        for (let i = 0; i < particles.length; i++) {
          const a = particles[i];
          for (let k = i + 1; k < particles.length; k++) {
            const b = particles[k];
            const far = Math.hypot(a.x - b.x, a.y - b.y);
            if (far > ${REACH}) continue;
            draw.strokeStyle = \`hsla(\${a.hue}, 70%, 70%, \${0.6 * (1 - far / ${REACH})})\`;
            draw.beginPath();
            draw.moveTo(a.x, a.y);
            draw.lineTo(b.x, b.y);
            draw.stroke();
          }
        }`;

const loop = (between) => `
      const canvas = document.getElementById("stage");
      const draw = canvas.getContext("2d");
      let seed = 20260101;
      const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
      const particles = Array.from({ length: ${PARTICLES} }, () => ({
        x: random() * ${WIDTH}, y: random() * ${HEIGHT},
        dx: random() * 240 - 120, dy: random() * 240 - 120,
        size: 2 + random() * 7, hue: 180 + random() * 120,
      }));
      let before;
      function loop(now) {
        const passed = before === undefined ? 0 : (now - before) / 1000;
        before = now;
        draw.fillStyle = "#0b1026";
        draw.fillRect(0, 0, ${WIDTH}, ${HEIGHT});
        for (const p of particles) {
          p.x = (p.x + p.dx * passed + ${WIDTH}) % ${WIDTH};
          p.y = (p.y + p.dy * passed + ${HEIGHT}) % ${HEIGHT};
        }
${between}
        for (const p of particles) {
          draw.fillStyle = \`hsl(\${p.hue}, 80%, \${60 + 20 * Math.sin(now / 400 + p.x / 90)}%)\`;
          draw.beginPath();
          draw.arc(p.x, p.y, p.size, 0, Math.PI * 2);
          draw.fill();
        }
        requestAnimationFrame(loop);
      }
      requestAnimationFrame(loop);`;

/**
 * @param {{frames: number, lines?: boolean}} options at 30 frames per second; lines between particles
 *   cost scripts and the encoder most
 * @returns {string} HTML
 */
export function particlesPage({ frames, lines = false }) {
  const seconds = frames / FPS;
  return compositionHtml({
    title: "Particles bench page",
    seconds,
    width: WIDTH,
    height: HEIGHT,
    background: "#0b1026",
    css: `      canvas { position: absolute; left: 0; top: 0; }
      h1 { position: absolute; left: 120px; top: 420px; margin: 0; font-size: 150px; font-weight: 800; }`,
    body: `      <canvas id="stage" width="${WIDTH}" height="${HEIGHT}"></canvas>
      <h1>Particles</h1>`,
    script: `      tl.fromTo("h1", { x: -80, opacity: 0.4 }, { x: 320, opacity: 1, duration: ${seconds}, ease: "sine.inOut" }, 0);
${loop(lines ? LINES : "")}`,
  });
}
