/** Writes small compositions. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compositionPage } from "./html.mjs";

/**
 * A page with a box that moves, all by CSS.
 *
 * @param {Partial<Parameters<typeof compositionPage>[0]>} [options]
 */
export function page({ seconds = 0.5, body = "", style = "", ...options } = {}) {
  return compositionPage({
    title: "Moving box",
    seconds,
    style: `#root { background: #123; }
      #box { position: absolute; top: 70px; width: 40px; height: 40px; background: #f80;
        animation: move ${seconds}s linear both; }
      @keyframes move { to { transform: translateX(280px); } }
      ${style}`,
    body: `<div id="box"></div>\n      ${body}`,
    ...options,
  });
}

/**
 * @param {{ project: string }} ws
 * @param {Parameters<typeof page>[0]} [options]
 */
export function writeProject(ws, options) {
  writeFileSync(join(ws.project, "index.html"), page(options));
}

/**
 * Writes a page without a background, of 20 frames at 25 a second: hard and soft edges, half
 * transparent areas, one over the other, and text.
 *
 * @param {{ project: string }} ws
 */
export function writeTransparentProject(ws) {
  const style = `#root { background: none; }
      .disc { position: absolute; width: 60px; height: 60px; border-radius: 50%;
        animation: move 0.8s linear both; }
      #glass { top: 45px; background: rgb(20 120 240 / 40%); animation-duration: 0.6s; }
      #soft { top: 110px; background: radial-gradient(#fff, rgb(255 0 80 / 0%) 70%);
        box-shadow: 0 4px 12px rgb(0 0 0 / 60%); }
      p { position: absolute; right: 8px; bottom: 4px; margin: 0; font: 20px sans-serif; }`;
  const body = `<div id="glass" class="disc"></div><div id="soft" class="disc"></div><p>alpha</p>`;
  writeProject(ws, { seconds: 0.8, style, body });
}

/** Seconds of a composition that is still being captured when somebody interferes. */
export const LONG_SECONDS = 120;
