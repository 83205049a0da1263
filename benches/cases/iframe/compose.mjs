/** A dashboard in an iframe, moved in animation frames, below a title of the timeline. */
import { compositionHtml, FPS } from "../../lib/pages/project.mjs";

const WIDTH = 1920;
const HEIGHT = 1080;
const BARS = 48;
const DOTS = 24;

/** @returns {string} HTML of the iframe's document */
export function innerPage() {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Inner bench page</title>
    <style>
      body { margin: 0; overflow: hidden; background: linear-gradient(#f8fafc, #dbe4f0); font-family: sans-serif; }
      #bars { position: absolute; left: 60px; bottom: 60px; height: 420px; display: flex; gap: 10px; align-items: flex-end; }
      #bars i { width: 22px; height: 420px; border-radius: 8px; background: #3b6fb6; transform-origin: 50% 100%; }
      .dot { position: absolute; width: 64px; height: 64px; border-radius: 50%; box-shadow: 0 8px 18px rgba(20, 30, 60, 0.35); }
      #time { position: absolute; left: 60px; top: 40px; font-size: 54px; font-weight: 700; color: #24406a; }
    </style>
  </head>
  <body>
    <div id="time"></div>
    <div id="bars"></div>
    <script>
      const bars = document.getElementById("bars");
      for (let i = 0; i < ${BARS}; i++) bars.append(document.createElement("i"));
      const dots = Array.from({ length: ${DOTS} }, (_, i) => {
        const dot = document.createElement("div");
        dot.className = "dot";
        dot.style.background = \`hsl(\${i * 15}, 70%, 58%)\`;
        document.body.append(dot);
        return dot;
      });
      function loop(now) {
        document.getElementById("time").textContent = \`\${(performance.now() / 1000).toFixed(2)} s\`;
        [...bars.children].forEach((bar, i) => {
          bar.style.transform = \`scaleY(\${0.5 + 0.45 * Math.sin(now / 420 + i * 0.4)})\`;
        });
        dots.forEach((dot, i) => {
          const angle = now / 900 + i * 0.55;
          dot.style.transform = \`translate(\${760 + Math.cos(angle) * (140 + i * 22)}px, \${380 + Math.sin(angle * 1.3) * 300}px)\`;
        });
        requestAnimationFrame(loop);
      }
      requestAnimationFrame(loop);
    </script>
  </body>
</html>
`;
}

/**
 * @param {{frames: number}} options at 30 frames per second
 * @returns {string} HTML
 */
export function framedPage({ frames }) {
  const seconds = frames / FPS;
  return compositionHtml({
    title: "Iframe bench page",
    seconds,
    width: WIDTH,
    height: HEIGHT,
    background: "#16233d",
    css: `      iframe { position: absolute; left: 120px; top: 180px; width: 1680px; height: 800px; border: 0; border-radius: 28px; }
      h1 { position: absolute; left: 120px; top: 40px; margin: 0; font-size: 96px; font-weight: 800; }`,
    body: `      <h1>Live report</h1>
      <iframe src="inner.html" title="report"></iframe>`,
    script: `      tl.fromTo("h1", { x: 0 }, { x: 700, duration: ${seconds}, ease: "sine.inOut" }, 0);`,
  });
}
