/** HDR output, compared with what upstream makes of the same page. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import {
  ALIKE,
  box,
  CAPTION,
  colours,
  FPS,
  film,
  image,
  part,
  pixelOf,
  placed,
  psnr48,
  putClip,
  putImage,
  renderHdr,
  SECONDS,
  sdrAsPq,
  WHITE,
  WHOLE,
  writePage,
} from "./support/hdr.mjs";
import { element, timed, video } from "./support/html.mjs";
import { putLibraries } from "./support/scenes.mjs";
import { probe } from "./support/video.mjs";
import { WHOLE_ONLY } from "./support/whole.mjs";
import { workspace } from "./support/workspace.mjs";

/** An SDR clip has to be this like what its colours are in BT.2020, dB: its chroma is enlarged. */
const COLOURS_ALIKE = 44;
/** The same for codecs whose own loss is larger; colours that are not moved are below 30. */
const CODECS_ALIKE = 36;

/** The clip of a page that lasts otherwise. */
const filmOf = (src, seconds) => video("film", src, { style: WHOLE, ...timed(seconds, 0) });

const SHADE = box(
  "shade",
  "left: 0; top: 140px; z-index: 2; width: 200px; height: 40px; background: rgb(255 80 0 / 50%)",
);

/** Pages that both engines show alike: what is needed, the body, and whether quick runs leave it out. */
const CASES = {
  "SDR text over PQ": {
    put: (ws) => putClip(ws, "a.mp4", { curve: "pq" }),
    body: [film("a.mp4", WHOLE), SHADE, CAPTION],
    transfer: "smpte2084",
  },
  "HLG in a corner, seen through, with round corners": {
    rare: true,
    put: (ws) => putClip(ws, "a.mp4", { curve: "hlg", size: "160x90" }),
    body: [
      film(
        "a.mp4",
        "left: 30px; top: 20px; width: 160px; height: 90px; border-radius: 20px; opacity: 0.7",
      ),
      CAPTION,
    ],
    transfer: "arib-std-b67",
  },
  "a clip that is turned and scaled": {
    rare: true,
    put: (ws) => putClip(ws, "a.mp4", { curve: "pq" }),
    body: [
      film(
        "a.mp4",
        "left: 60px; top: 40px; width: 160px; height: 90px; transform: rotate(8deg) scale(1.2)",
      ),
      SHADE,
    ],
    transfer: "smpte2084",
  },
  "PQ above HLG, SDR between": {
    put: async (ws) => {
      await putClip(ws, "a.mp4", { curve: "hlg" });
      await putClip(ws, "b.mp4", { curve: "pq", size: "160x90", clip: 2 });
    },
    body: [
      video("below", "a.mp4", placed(`${WHOLE}; z-index: 1`)),
      box(
        "between",
        "left: 60px; top: 40px; z-index: 2; width: 200px; height: 100px; background: #26f",
      ),
      video(
        "above",
        "b.mp4",
        placed("left: 100px; top: 60px; width: 160px; height: 90px; z-index: 3"),
      ),
      CAPTION,
    ],
    transfer: "smpte2084",
  },
  "an image, covering its box": {
    rare: true,
    put: (ws) => putImage(ws, "a.png", { curve: "pq" }),
    body: [
      image("a.png", "left: 40px; top: 20px; width: 200px; height: 100px; object-fit: cover"),
      CAPTION,
    ],
    transfer: "smpte2084",
  },
  "an HLG image over a PQ clip that loops": {
    put: async (ws) => {
      putImage(ws, "a.png", { curve: "hlg" });
      await putClip(ws, "b.mp4", { curve: "pq", seconds: 0.2 });
    },
    body: [
      film("b.mp4", WHOLE, { loop: true }),
      image("a.png", "left: 40px; top: 20px; width: 64px; height: 48px"),
    ],
    transfer: "smpte2084",
  },
  "an iframe, for which the browser photographs by itself": {
    rare: true,
    put: (ws) => putClip(ws, "a.mp4", { curve: "pq" }),
    body: [
      film("a.mp4", WHOLE),
      element("iframe", {
        id: "inner",
        class: "clip",
        ...placed("left: 200px; top: 20px; z-index: 2; width: 100px; height: 60px; border: 0"),
        srcdoc: "<body style='margin: 0; background: #fff'></body>",
      }),
      CAPTION,
    ],
    transfer: "smpte2084",
    plan: /"mode":"screenshot"/,
    white: [250, 50],
  },
};

describe("HDR", () => {
  for (const [name, { put, body, transfer, plan, white, rare }] of Object.entries(CASES)) {
    test(`${name}: the frames are those of upstream`, rare ? WHOLE_ONLY : {}, async (t) => {
      const ws = workspace(t);
      await put(ws);
      writePage(ws, { body: body.join("\n") });
      const ours = await renderHdr(ws, "ours");
      assertExit(ours.end, 0);
      assertNative(ours.end);
      if (plan) assert.match(ours.end.text, plan);
      await assertClean(ws);
      const theirs = await renderHdr(ws, "theirs");
      assertExit(theirs.end, 0);
      const [mine, other] = [ours.frames(), theirs.frames()];
      assert.equal(mine.length, SECONDS * FPS);
      assert.equal(other.length, mine.length);
      const alike = mine.map((frame, i) => psnr48(frame, other[i]));
      t.diagnostic(`least alike: ${Math.min(...alike).toFixed(1)} dB`);
      assert.ok(Math.min(...alike) >= ALIKE, `dB by frame: ${alike.map((db) => db.toFixed(1))}`);
      if (white) {
        for (const frame of mine) assert.deepEqual(pixelOf(frame, ...white), WHITE);
      }
      const told = colours(ours.file);
      assert.equal(told.color_transfer, transfer);
      assert.deepEqual(told, colours(theirs.file));
    });
  }

  for (const [where, place] of [
    ["above", WHOLE],
    ["beside", "left: 0; top: 60px; width: 160px; height: 90px"],
  ]) {
    // Upstream hands such clips to the page as JPEG, which browsers read as BT.601.
    test(`an SDR clip ${where} an HDR one: the rest is as upstream's, the clip has its own colours`, async (t) => {
      const ws = workspace(t);
      const size = where === "above" ? "320x180" : "160x90";
      await putClip(ws, "a.mp4", { curve: "pq", size });
      await putClip(ws, "b.mp4", { curve: "sdr", size: "160x90", clip: 3 });
      const [left, top, width, height] = [160, 60, 160, 90];
      const above = `left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px`;
      const clips = [film("a.mp4", place), video("sdr", "b.mp4", placed(`${above}; z-index: 2`))];
      writePage(ws, { body: [...clips, SHADE].join("\n") });
      const ours = await renderHdr(ws, "ours");
      assertExit(ours.end, 0);
      assertNative(ours.end);
      const theirs = await renderHdr(ws, "theirs");
      assertExit(theirs.end, 0);
      const [mine, other, right] = [ours.frames(), theirs.frames(), sdrAsPq(ws, "b.mp4")];
      assert.equal(mine.length, SECONDS * FPS);
      assert.deepEqual([other.length, right.length], [mine.length, mine.length]);
      const least = (one, two) => Math.min(...one.map((frame, i) => psnr48(frame, two[i])));
      const outside = (frame) => part(frame, [left, top, width, height], { within: false });
      const rest = least(mine.map(outside), other.map(outside));
      // The part of the clip that the shade does not lie on.
      const rows = 140 - top;
      const inside = (frame) => part(frame, [left, top, width, rows]);
      const clip = right.map((frame) =>
        part(frame, [0, 0, width, rows], { size: [width, height] }),
      );
      const [own, theirColours] = [least(mine.map(inside), clip), least(other.map(inside), clip)];
      t.diagnostic(
        `rest ${rest.toFixed(1)} dB; colours: ${own.toFixed(1)} dB, theirs ${theirColours.toFixed(1)} dB`,
      );
      assert.ok(rest >= ALIKE, `the rest: ${rest} dB`);
      assert.ok(own >= COLOURS_ALIKE, `colours of the SDR clip: ${own} dB`);
    });
  }

  for (const [curve, name] of [
    ["sdr-prores", "b.mov"],
    ["sdr-vp9", "b.webm"],
  ]) {
    test(`${curve}: an opaque clip beside HDR has the colours of BT.2020`, async (t) => {
      const ws = workspace(t);
      await putClip(ws, "a.mp4", { curve: "pq", size: "160x90" });
      await putClip(ws, name, { curve, size: "160x90", clip: 3 });
      const clips = [
        film("a.mp4", "left: 0; top: 0; width: 160px; height: 90px"),
        video("sdr", name, placed("left: 160px; top: 0; width: 160px; height: 90px")),
      ];
      writePage(ws, { body: clips.join("\n") });
      const { end, frames } = await renderHdr(ws, "ours");
      assertExit(end, 0);
      assertNative(end);
      const right = sdrAsPq(ws, name);
      const alike = frames().map((frame, i) =>
        psnr48(part(frame, [160, 0, 160, 90]), right[i] ?? right.at(-1)),
      );
      t.diagnostic(`least alike: ${Math.min(...alike).toFixed(1)} dB`);
      assert.ok(Math.min(...alike) >= CODECS_ALIKE, `dB by frame: ${alike}`);
    });
  }

  test("the page's own background stays", async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mp4", { curve: "pq", size: "160x90" });
    const body = film("a.mp4", "left: 30px; top: 20px; width: 160px; height: 90px");
    writePage(ws, { body, background: "#fff" });
    const ours = await renderHdr(ws, "ours");
    assertExit(ours.end, 0);
    for (const frame of ours.frames()) {
      assert.deepEqual(pixelOf(frame, 300, 170), WHITE);
    }
  });

  test("two workers make the same frames as one", async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mp4", { curve: "hlg" });
    writePage(ws, { body: [film("a.mp4", WHOLE), CAPTION].join("\n") });
    const [one, two] = [[], []];
    for (const [frames, workers] of [
      [one, "1"],
      [two, "2"],
    ]) {
      const { end, frames: made } = await renderHdr(ws, "ours", { flags: ["--workers", workers] });
      assertExit(end, 0);
      frames.push(...made());
    }
    assert.deepEqual(
      one.map((frame, i) => psnr48(frame, two[i])),
      one.map(() => Number.POSITIVE_INFINITY),
    );
  });

  test("an odd size is padded", async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mp4", { curve: "pq" });
    writePage(ws, { body: film("a.mp4", WHOLE), size: [319, 179] });
    const { end, file } = await renderHdr(ws, "ours");
    assertExit(end, 0);
    const { width, height, codec, frames } = probe(file);
    assert.deepEqual([width, height, codec, frames], [320, 180, "hevc", SECONDS * FPS]);
  });

  test("a transition blends scenes with their HDR clips, and what is above stays", async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mp4", { curve: "pq", seconds: 1 });
    await putClip(ws, "b.mp4", { curve: "pq", seconds: 1, clip: 2 });
    putLibraries(ws);
    const clip = (id, src) =>
      video(id, src, { class: undefined, style: `${WHOLE}; position: absolute`, ...timed(1, 0) });
    const place = "position: absolute; left: 280px; top: 10px; z-index: 500";
    const mark = { id: "mark", style: `${place}; width: 30px; height: 30px; background: #fff` };
    writePage(ws, {
      seconds: 1,
      head: '<script src="gsap.js"></script><script src="shader-transitions.js"></script>',
      style: ".scene { position: absolute; inset: 0; }",
      body: `<div id="s1" class="scene">${clip("v1", "a.mp4")}</div>
        <div id="s2" class="scene">${clip("v2", "b.mp4")}</div>
        ${element("div", { ...mark, ...timed(1) })}
        <script>
          const tl = gsap.timeline({ paused: true });
          window.__timelines = { main: tl };
          HyperShader.init({
            bgColor: "#000", scenes: ["s1", "s2"], timeline: tl,
            transitions: [{ time: 0.3, shader: "crossfade", duration: 0.4 }],
          });
        </script>`,
    });
    const ours = await renderHdr(ws, "ours");
    assertExit(ours.end, 0);
    assertNative(ours.end);
    const mine = ours.frames();
    assert.equal(mine.length, FPS);
    const [white] = new Set(mine.map((frame) => pixelOf(frame, 295, 25).join()));
    assert.equal(white, WHITE.join());
    const theirs = await renderHdr(ws, "theirs");
    assertExit(theirs.end, 0);
    const other = theirs.frames();
    // Above the mark, which upstream loses in the window: the left three quarters.
    const left = (frame) => frame.filter((_, at) => Math.floor(at / 3) % 320 < 240);
    for (const frame of [2, 10, 12, 15, 18, 20, 25]) {
      const alike = psnr48(left(mine[frame]), left(other[frame]));
      t.diagnostic(`frame ${frame}: ${alike.toFixed(1)} dB`);
      assert.ok(alike >= ALIKE, `frame ${frame}: ${alike} dB`);
    }
  });
});

describe("HDR or not", () => {
  const prepared = async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mp4", { curve: "pq", seconds: 0.2 });
    writePage(ws, { seconds: 0.2, body: filmOf("a.mp4", 0.2) });
    return ws;
  };

  test("--sdr renders HDR sources as SDR", async (t) => {
    const { end, file } = await renderHdr(await prepared(t), "ours", { flags: ["--sdr"] });
    assertExit(end, 0);
    assertNative(end);
    assert.equal(probe(file).codec, "h264");
  });

  test("webm is SDR, and says so", async (t) => {
    const ws = await prepared(t);
    const options = { flags: ["--format", "webm"], name: "o.webm" };
    const { end, file } = await renderHdr(ws, "ours", options);
    assertExit(end, 0);
    assert.match(end.text, /HDR was detected, but webm output is SDR/);
    assert.equal(probe(file).codec, "vp9");
  });

  test("--hdr without an HDR source renders SDR, and says so", async (t) => {
    const ws = workspace(t);
    writePage(ws, { seconds: 0.2, body: "" });
    const { end, file } = await renderHdr(ws, "ours", { flags: ["--hdr"] });
    assertExit(end, 0);
    assertNative(end);
    assert.match(end.text, /HDR was forced, but no source is HDR/);
    assert.equal(probe(file).codec, "h264");
  });

  test("scaling is refused", async (t) => {
    const ws = await prepared(t);
    writePage(ws, { seconds: 0.2, size: [1920, 1080], body: filmOf("a.mp4", 0.2) });
    const { end } = await renderHdr(ws, "ours", { flags: ["--resolution", "landscape-4k"] });
    assertExit(end, 1);
    assert.match(end.stderr, /HDR output cannot be scaled/);
    await assertClean(ws);
  });
});

test("an AVIF image is composited as the PNG that it was made of", async (t) => {
  const ws = workspace(t);
  putImage(ws, "a.png", { curve: "pq" });
  const colours = ["-color_primaries", "bt2020", "-color_trc", "smpte2084"];
  const matrix = ["-colorspace", "bt2020nc", "-color_range", "pc"];
  const args = ["-vf", "scale=out_color_matrix=bt2020nc:out_range=pc", "-pix_fmt", "yuv444p12le"];
  const codec = ["-c:v", "libaom-av1", "-still-picture", "1", "-crf", "0", "-cpu-used", "8"];
  const [png, avif] = ["a.png", "a.avif"].map((name) => join(ws.project, name));
  const encode = ["-v", "error", "-i", png, ...args, ...codec, ...colours, ...matrix, avif];
  execFileSync("ffmpeg", encode, { timeout: 60_000 });
  const frames = [];
  for (const [side, name] of ["a.png", "a.avif"].entries()) {
    const style = "left: 40px; top: 20px; width: 200px; height: 100px; object-fit: cover";
    writePage(ws, { seconds: 0.1, body: image(name, style) });
    const { end, frames: read } = await renderHdr(ws, "ours", { name: `${side}.mp4` });
    assertExit(end, 0);
    assertNative(end);
    frames.push(read()[0]);
  }
  const alike = psnr48(frames[0], frames[1]);
  assert.ok(alike >= ALIKE, `${alike} dB`);
});

describe("bad HDR input", () => {
  test("an image that ffmpeg cannot decode is named and counts as SDR", async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mp4", { curve: "pq" });
    putImage(ws, "b.png", { curve: "pq" });
    const avif = join(ws.project, "b.avif");
    const codec = ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"];
    const curve = ["-color_trc", "smpte2084", "-pix_fmt", "yuv420p10le"];
    const encode = ["-v", "error", "-i", join(ws.project, "b.png"), ...codec, ...curve, avif];
    execFileSync("ffmpeg", encode, { timeout: 60_000 });
    const whole = readFileSync(avif);
    // Its tags stay whole; the picture does not.
    writeFileSync(avif, whole.fill(0, whole.indexOf("mdat") + 4));
    writePage(ws, { seconds: 0.1, body: film("a.mp4", WHOLE) + image("b.avif", WHOLE) });
    const { end } = await renderHdr(ws, "ours");
    assertExit(end, 0);
    assert.match(end.text, /image "still", .*b\.avif, cannot be decoded by ffmpeg .*counts as SDR/);
  });

  test("an image that is no 16-bit PNG is named", async (t) => {
    const ws = workspace(t);
    putImage(ws, "a.png", { curve: "pq" });
    const path = join(ws.project, "a.png");
    const whole = readFileSync(path);
    // The header and its tags stay whole; the pixels do not.
    writeFileSync(path, whole.subarray(0, whole.length - 60));
    writePage(ws, { body: image("a.png", "left: 0; top: 0; width: 64px; height: 48px") });
    const { end } = await renderHdr(ws, "ours");
    assertExit(end, 1);
    assert.match(end.stderr, /HDR image "still", .*a\.png/);
    await assertClean(ws);
  });

  test("a clip that ends early is an error that names it", async (t) => {
    const ws = workspace(t);
    await putClip(ws, "a.mkv", { curve: "pq", seconds: 2 });
    const path = join(ws.project, "a.mkv");
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length * 0.8)));
    writePage(ws, { seconds: 2, body: filmOf("a.mkv", 2) });
    const { end } = await renderHdr(ws, "ours");
    assertExit(end, 1);
    assert.match(end.stderr, /"film".*captured|a\.mkv/s);
    await assertClean(ws);
  });
});
