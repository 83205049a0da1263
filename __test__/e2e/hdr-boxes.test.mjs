/** Where HDR pictures lie on the page, and in their boxes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertClean, assertExit } from "./support/expect.mjs";
import {
  ALIKE,
  CAPTION,
  FPS,
  film,
  image,
  PQ_WHITE,
  pixelOf,
  psnr48,
  putClip,
  putImage,
  renderHdr,
  WHITE,
  WHOLE,
  writePage,
} from "./support/hdr.mjs";
import { putLibraries } from "./support/scenes.mjs";
import { workspace } from "./support/workspace.mjs";

test("an image that is moved by shares of its box is where its box is", async (t) => {
  const ws = workspace(t);
  await putClip(ws, "a.mp4", { curve: "pq", size: "160x90" });
  putImage(ws, "a.png", { curve: "pq" });
  const rendered = async (place) => {
    const still = image("a.png", `${place}; width: 64px; height: 48px; z-index: 2`);
    writePage(ws, { seconds: 0.1, body: [film("a.mp4", WHOLE), still].join("\n") });
    const { end, frames } = await renderHdr(ws, "ours");
    assertExit(end, 0);
    return frames()[0];
  };
  const right = await rendered("left: 128px; top: 66px");
  const shares = await rendered("left: 50%; top: 50%; translate: -50% -50%");
  assert.equal(psnr48(shares, right), Number.POSITIVE_INFINITY);
  const beside = await rendered("left: 128.5px; top: 66px; translate: calc(-50% + 32px) 0");
  assert.ok(psnr48(beside, right) > 30, "half a pixel at most");
});

test("a clip lies in its box as CSS says, and between pixels", async (t) => {
  const ws = workspace(t);
  await putClip(ws, "a.mp4", { curve: "pq", size: "160x90" });
  const rendered = async (style) => {
    writePage(ws, { seconds: 0.1, body: film("a.mp4", style), background: "#fff" });
    const { end, frames } = await renderHdr(ws, "ours");
    assertExit(end, 0);
    return frames()[0];
  };
  const right = await rendered("left: 80px; top: 45px; width: 160px; height: 90px");
  assert.deepEqual(pixelOf(right, 160, 40), WHITE);
  const contained = await rendered("left: 80px; top: 0; width: 160px; height: 180px");
  assert.equal(psnr48(contained, right), Number.POSITIVE_INFINITY);
  const left = "width: 200px; height: 90px; object-fit: contain; object-position: 100% 0";
  const anchored = await rendered(`left: 40px; top: 45px; ${left}`);
  assert.equal(psnr48(anchored, right), Number.POSITIVE_INFINITY);
  const half = "translate: 0.5px 0; width: 160px; height: 90px";
  const between = await rendered(`left: 80px; top: 45px; ${half}`);
  const [edge] = pixelOf(between, 80, 90);
  const [inner] = pixelOf(right, 80, 90);
  assert.ok(Math.abs(edge - (inner + PQ_WHITE) / 2) < 200, `${edge} between ${inner} and white`);
});

test("a box that takes too much memory is refused", async (t) => {
  const ws = workspace(t);
  await putClip(ws, "a.mp4", { curve: "pq", size: "160x90" });
  writePage(ws, { body: film("a.mp4", "left: 0; top: 0; width: 16384px; height: 16384px") });
  const env = { PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB: "64" };
  const { end } = await renderHdr(ws, "ours", { env });
  assertExit(end, 1);
  assert.match(end.stderr, /HDR clip "film", .*16384x16384.*make the box smaller/s);
  await assertClean(ws);
});

test("a clip whose box grows fills it", async (t) => {
  const ws = workspace(t);
  await putClip(ws, "a.mp4", { curve: "pq" });
  putLibraries(ws);
  const whole = async (script) => {
    const body = [film("a.mp4", `${WHOLE}; object-fit: cover`), CAPTION, script].join("\n");
    writePage(ws, { body, head: '<script src="gsap.js"></script>' });
    const { end, frames } = await renderHdr(ws, "ours");
    assertExit(end, 0);
    return frames();
  };
  const timeline = (moves) => `<script>
    const tl = gsap.timeline({ paused: true });
    ${moves}
    window.__timelines = { main: tl };
  </script>`;
  const still = await whole(timeline('tl.set("#film", { width: 320 }, 0);'));
  const grown = 0.2;
  const grows = await whole(
    timeline(`tl.fromTo("#film", { width: 0 }, { width: 320, duration: ${grown} }, 0);`),
  );
  for (let frame = Math.ceil(grown * FPS); frame < still.length; frame += 1) {
    const alike = psnr48(grows[frame], still[frame]);
    assert.ok(alike >= ALIKE, `frame ${frame}: ${alike} dB`);
  }
  assert.notDeepEqual(pixelOf(grows[3], 4, 4), pixelOf(grows[3], 316, 4));
});
