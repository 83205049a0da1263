/** The composition that is measured where nobody names one. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Text, boxes that move and turn, a shadow and a gradient: 3 s of 1280x720. It needs no file but itself. */
const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sample</title><style>
  @keyframes rise { from { transform: translateY(80px); opacity: 0 } }
  @keyframes grow { from { transform: scaleX(0) } }
  @keyframes turn { to { transform: translateX(560px) rotate(270deg) } }
  body { margin: 0 }
  #film { position: relative; width: 1280px; height: 720px; overflow: hidden;
    background: linear-gradient(135deg, #14213d, #1d3557); color: #f1faee; font: 700 72px sans-serif }
  h1 { position: absolute; left: 96px; top: 72px; margin: 0; font-size: 84px; animation: rise 0.8s ease-out both }
  .bar { position: absolute; left: 96px; height: 34px; border-radius: 17px; background: #a8dadc;
    transform-origin: left; animation: grow 1.2s ease-out both }
  #box { position: absolute; left: 120px; top: 470px; width: 130px; height: 130px; border-radius: 24px;
    background: #e76f51; box-shadow: 0 16px 32px rgba(0, 0, 0, 0.35); animation: turn 3s ease-in-out both }
</style></head><body>
<div id="film" data-composition-id="sample" data-width="1280" data-height="720" data-duration="3" data-no-timeline>
  <h1>A page becomes a film</h1>
  <div class="bar" style="top: 240px; width: 860px; animation-delay: 0.3s"></div>
  <div class="bar" style="top: 300px; width: 1040px; animation-delay: 0.5s"></div>
  <div class="bar" style="top: 360px; width: 620px; animation-delay: 0.7s"></div>
  <div id="box"></div>
</div></body></html>
`;

/**
 * Writes the sample's project.
 *
 * @param dir is made
 */
export function writeSample(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "index.html"), PAGE);
}
