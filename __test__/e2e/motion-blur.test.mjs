/** Motion blur: the same pictures as upstream's, in light and in values, with and without alpha. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { renderJob, resolveUpstream } from "../../dist/index.js";
import { decode } from "./support/alpha.mjs";
import { writeProject } from "./support/project.mjs";
import { putLibraries } from "./support/scenes.mjs";
import { browser, workspace } from "./support/workspace.mjs";

/** Least PSNR of the worst frame, dB. */
const BAR = 45;
const SIZE = [160, 90];
const FRAME = SIZE[0] * SIZE[1] * 4;
const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** The worst PSNR of two rows of frames, dB, over colours as they are seen and alpha. */
function worstPsnr(ours, theirs) {
  assert.equal(ours.length, theirs.length);
  let worst = Number.POSITIVE_INFINITY;
  for (let first = 0; first < ours.length; first += FRAME) {
    let sum = 0;
    for (let at = first; at < first + FRAME; at += 4) {
      const [a, b] = [ours[at + 3], theirs[at + 3]];
      for (let k = at; k < at + 3; k++) sum += ((ours[k] * a - theirs[k] * b) / 255) ** 2;
      sum += (a - b) ** 2;
    }
    worst = Math.min(worst, 10 * Math.log10(255 ** 2 / (sum / FRAME)));
  }
  return worst;
}

/** Renders by both engines and with no blur; gives decoded frames and our result. */
async function renderAll(ws, { format, name = format, motionBlur, ...rest }) {
  const { namespace } = await resolveUpstream([ws.project]);
  const options = { format, fps: 25, workers: 1, logger: silent, ...rest };
  const at = (side) => join(ws.out, `${side}.${name}`);
  const projectDir = ws.project;
  const engine = { browserGpuMode: "software", forceScreenshot: true, chromePath: browser() };
  // Its engine blurs photographs only.
  const producerConfig = namespace.resolveConfig(engine);
  const job = namespace.createRenderJob({
    ...{ quality: "standard", ...options },
    ...{ motionBlur, producerConfig },
  });
  await namespace.executeRenderJob(job, projectDir, at("theirs"));
  const engineConfig = { chromePath: browser() };
  const render = (side, blur) =>
    renderJob({ ...options, ...blur, projectDir, engineConfig, outputPath: at(side) });
  const result = await render("ours", { motionBlur });
  await render("sharp", {});
  const read = (side) =>
    decode(format === "png-sequence" ? join(at(side), "frame_%06d.png") : at(side));
  return { result, ours: read("ours"), theirs: read("theirs"), sharp: read("sharp") };
}

test("what moves is averaged in light, in an opaque video", async (t) => {
  const ws = workspace(t);
  putLibraries(ws);
  const after = `<script>
      const timeline = gsap.timeline({ paused: true, defaults: { duration: 0.2, ease: "none" } });
      timeline.to("#bar", { x: 120 }, 0).to("#wheel", { rotation: 270 }, 0);
      window.__timelines = { main: timeline };
    </script>`;
  const style = `#root { background: #102030; }
      #box { display: none; }
      #bar { position: absolute; left: 8px; top: 8px; width: 20px; height: 30px; background: #fff; }
      #wheel { position: absolute; left: 60px; top: 46px; width: 40px; height: 40px;
        background: linear-gradient(#f40, #04f); }`;
  const body = '<div id="bar"></div><div id="wheel"></div>';
  const head = '<script src="gsap.js"></script>';
  writeProject(ws, { seconds: 0.2, size: SIZE, timeline: true, head, style, body, after });
  const motionBlur = { samplesPerFrame: 8, shutterAngle: 270, blend: "linear" };
  const { result, ours, theirs, sharp } = await renderAll(ws, {
    format: "mp4",
    crf: 1,
    motionBlur,
  });
  const { frames, samples } = result.perfSummary.native.motionBlur;
  assert.deepEqual([result.engine, result.totalFrames, frames, samples], ["native", 5, 5, 40]);
  const [blurred, plain] = [worstPsnr(ours, theirs), worstPsnr(sharp, theirs)];
  t.diagnostic(`${blurred.toFixed(1)} dB; without blur ${plain.toFixed(1)}`);
  assert.ok(blurred >= BAR && plain < 30, `${blurred} dB; without blur ${plain}`);
});

test("as many samples as the movement needs, of a transparent page", async (t) => {
  const ws = workspace(t);
  const style = `#root { background: none; }
      #glass { position: absolute; left: 70px; top: 20px; width: 50px; height: 50px;
        background: rgb(20 160 240 / 60%); animation: turn 0.08s linear both; }
      @keyframes turn { to { transform: translateX(5px) rotate(16deg); } }`;
  const body = '<div id="glass"></div>';
  writeProject(ws, { seconds: 0.08, size: SIZE, style, body });
  const { result, ours, theirs, sharp } = await renderAll(ws, {
    ...{ format: "png-sequence", name: "frames", motionBlur: {} },
  });
  const { frames, samples } = result.perfSummary.native.motionBlur;
  assert.equal(frames, 2);
  assert.ok(samples >= 32, `${samples} samples`);
  const [blurred, plain] = [worstPsnr(ours, theirs), worstPsnr(sharp, theirs)];
  t.diagnostic(`${blurred.toFixed(1)} dB; without blur ${plain.toFixed(1)}; ${samples} samples`);
  assert.ok(blurred >= BAR && plain < 40, `${blurred} dB; without blur ${plain}`);
});
