/**
 * Clips from which scripts draw when they are told of a new frame, as three.js does. Upstream tells
 * them of none: there such a texture stays black.
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { cli } from "./support/run.mjs";
import { framesShown, writeClipPage } from "./support/source-frames.mjs";
import { workspace } from "./support/workspace.mjs";

const FRAMES = 24;
const CLIP = { id: "a", src: "a.mp4", rect: [0, 0, 320, 180] };
const DRAWN = { rect: [320, 0, 320, 180] };
const CANVAS = '<canvas width="320" height="180" style="position: absolute; left: 320px"></canvas>';

/** Renders a page with the clip and `body`; every frame has to show it twice. */
async function assertDrawn(ws, body) {
  const spec = { file: "a.mp4", clip: 1, size: "320x180", fps: "30", seconds: 1 };
  copyFileSync(await clipFile(spec), join(ws.project, "a.mp4"));
  writeClipPage(ws, { clips: [CLIP], seconds: FRAMES / 30, body });
  const file = join(ws.out, "o.mp4");
  const end = await cli(ws, ["render", ws.project, "-o", file]);
  assertExit(end, 0);
  assertNative(end);
  const expected = Array.from({ length: FRAMES }, (_, n) => `1:${n}`);
  const [clip, drawn] = framesShown(file, [CLIP, DRAWN]);
  assert.deepEqual(clip, expected);
  assert.deepEqual(drawn, expected);
  await assertClean(ws);
}

test("a texture of three.js", async (t) => {
  const ws = workspace(t);
  const three = dirname(createRequire(import.meta.url).resolve("three"));
  for (const name of ["three.module.js", "three.core.js"]) {
    copyFileSync(join(three, name), join(ws.project, name));
  }
  const script = `
    import * as THREE from "./three.module.js";
    const canvas = document.querySelector("canvas");
    const renderer = new THREE.WebGLRenderer({ canvas, preserveDrawingBuffer: true });
    renderer.setSize(320, 180, false);
    const map = new THREE.VideoTexture(document.querySelector("video"));
    map.colorSpace = THREE.SRGBColorSpace;
    const scene = new THREE.Scene();
    const material = new THREE.MeshBasicMaterial({ map });
    scene.add(new THREE.Mesh(new THREE.PlaneGeometry(2, 2), material));
    const camera = new THREE.OrthographicCamera(-1, 1, 1, -1, 0, 1);
    window.addEventListener("hf-seek", () => renderer.render(scene, camera));`;
  await assertDrawn(ws, `${CANVAS}<script type="module">${script}</script>`);
});

test("a canvas that is drawn in the callback itself", async (t) => {
  const script = `
    const video = document.querySelector("video");
    const context = document.querySelector("canvas").getContext("2d");
    const draw = (now, { mediaTime, width, height }) => {
      if (width !== 320 || height !== 180 || Math.abs(mediaTime - video.currentTime) > 1e-6) return;
      context.drawImage(video, 0, 0, 320, 180);
      video.requestVideoFrameCallback(draw);
    };
    video.requestVideoFrameCallback(draw);
    const never = () => context.clearRect(0, 0, 320, 180);
    video.cancelVideoFrameCallback(video.requestVideoFrameCallback(never));`;
  await assertDrawn(workspace(t), `${CANVAS}<script>${script}</script>`);
});
