/** Transitions between scenes, blended by the engine. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  assertClean,
  assertExit,
  assertNative,
  assertOneError,
  nativeSummary,
} from "./support/expect.mjs";
import { timed, video } from "./support/html.mjs";
import { browsersOf, encodersOf, encoding } from "./support/processes.mjs";
import { cli, startCli } from "./support/run.mjs";
import {
  BACKGROUND,
  BLUE,
  between,
  near,
  pixelOverTime,
  RED,
  writeScenes,
} from "./support/scenes.mjs";
import { probe } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const FPS = 30;
/** Frames 15 to 44 of 60. */
const CROSSFADE = { time: 0.5, duration: 1, shader: "crossfade" };
const [FIRST, END, FRAMES] = [15, 45, 60];
const BY_ENGINE = "--no-page-side-compositing";
const MIDDLE = [160, 90];

/** Renders a page of scenes; gives the file and what was said. */
async function render(t, page, { flags = [], name = "o.mp4", env, by, ws = workspace(t) } = {}) {
  writeScenes(ws, page);
  const file = join(ws.out, name);
  const sharp = name.endsWith(".mov") ? [] : ["--crf", "4"];
  const args = ["render", ws.project, "-o", file, ...sharp, ...flags];
  const end = await cli(ws, args, { env, by });
  return { ws, file, end };
}

async function rendered(...args) {
  const { ws, file, end } = await render(...args);
  assertExit(end, 0);
  assertNative(end);
  await assertClean(ws);
  return { file, end };
}

/** Every frame of a crossfade, by the clock or by whole frames, which is the same here. */
function assertCrossfade(file, { from = RED, to = BLUE, at = MIDDLE } = {}) {
  const seen = pixelOverTime(file, ...at);
  assert.equal(seen.length, FRAMES);
  seen.forEach((colour, frame) => {
    const share = Math.min(1, Math.max(0, (frame - FIRST) / (END - FIRST)));
    const expected = between(from, to, share);
    assert.ok(near(colour, expected), `frame ${frame}: ${colour} instead of ${expected}`);
  });
}

for (const [name, flags] of [
  ["as previews show it", []],
  ["by the engine", [BY_ENGINE]],
]) {
  describe(`transitions ${name}`, () => {
    test("a crossfade from the first frame to the last, and what is around the scenes", async (t) => {
      const { file } = await rendered(t, { transitions: [CROSSFADE] }, { flags });
      assertCrossfade(file);
      for (const colour of pixelOverTime(file, 8, 8)) {
        assert.ok(near(colour, BACKGROUND), `the background became ${colour}`);
      }
    });

    test("watermark, caption and what is painted before the scenes survive the window", async (t) => {
      const body = `
        <div class="box" style="left: 40px; z-index: 200; background: #ffcc00"></div>
        <div class="box" style="left: 80px; background: #00ffcc" data-start="0" data-duration="2"
          id="caption" data-track-index="3"></div>
        <div class="box" style="left: 120px; background: rgb(255 255 255 / 50%)"></div>
        <div class="box" style="left: 160px; z-index: -1; background: #fff"></div>`;
      const style = `.box { position: absolute; top: 60px; width: 30px; height: 30px; }
        #root { z-index: 0; } #root::after { content: ""; position: absolute; left: 200px; top: 60px;
        width: 30px; height: 30px; background: #cc00ff; }`;
      const { file } = await rendered(t, { transitions: [CROSSFADE], body, style }, { flags });
      const expected = [
        [50, () => [255, 204, 0]],
        [90, () => [0, 255, 204]],
        [130, (share) => between(between(RED, BLUE, share), [255, 255, 255], 0.5)],
        [170, (share) => between(RED, BLUE, share)],
        [210, () => [204, 0, 255]],
      ];
      for (const [x, colourAt] of expected) {
        pixelOverTime(file, x, 75).forEach((colour, frame) => {
          const share = Math.min(1, Math.max(0, (frame - FIRST) / (END - FIRST)));
          const wanted = colourAt(share);
          // Chroma is kept for every other pixel, and strong colours lose a little.
          assert.ok(near(colour, wanted, 9), `x ${x}, frame ${frame}: ${colour}, not ${wanted}`);
        });
      }
    });

    test("what is above stays as it is: in boxes of no size, blended with what is behind, in motion", async (t) => {
      const body = `
        <div style="position: relative; z-index: 50"><p class="box"
          style="left: 40px; top: 75px; margin: 0; background: #ffcc00"></p></div>
        <div class="box" style="left: 80px; top: 60px; z-index: 60; background: #fff;
          mix-blend-mode: difference"></div>`;
      const inside = `<div class="box slow" style="left: 180px; top: 40px; background: #fff"></div>`;
      const style = `.box { position: absolute; width: 30px; height: 30px; }
        .slow, .slow * { transition: all 0.5s; }`;
      const { file } = await rendered(
        t,
        { transitions: [CROSSFADE], body, inside, style },
        { flags },
      );
      const scenes = (share) => between(RED, BLUE, share);
      const expected = [
        [50, 90, () => [255, 204, 0]],
        [90, 75, (share) => scenes(share).map((value) => 255 - value)],
        // Outside of the window its own transition decides.
        [215, 75, (share) => between([255, 255, 255], BLUE, share), FIRST],
      ];
      for (const [x, y, colourAt, from = 0] of expected) {
        pixelOverTime(file, x, y).forEach((colour, frame) => {
          if (frame < from) return;
          const share = Math.min(1, Math.max(0, (frame - FIRST) / (END - FIRST)));
          const wanted = colourAt(share);
          assert.ok(near(colour, wanted, 9), `x ${x}, frame ${frame}: ${colour}, not ${wanted}`);
        });
      }
    });

    test("a crossfade without a shader is the page's, and not dimmed twice", async (t) => {
      const transitions = [{ time: 0.5, duration: 1, ease: "none" }];
      const { file } = await rendered(t, { transitions }, { flags });
      const seen = pixelOverTime(file, ...MIDDLE);
      // Both scenes are half there over the background: (A/2 + bg/2)/2 + B/2.
      const half = between(between(BACKGROUND, RED, 0.5), BLUE, 0.5);
      assert.ok(near(seen[30], half), `${seen[30]} instead of ${half}`);
    });
  });
}

test("a graded clip in a scene is graded and blended", async (t) => {
  const ws = workspace(t);
  const grey = ["-f", "lavfi", "-i", "color=0x808080:size=64x36:rate=30:duration=2"];
  const clip = join(ws.project, "grey.mp4");
  execFileSync("ffmpeg", ["-v", "error", ...grey, "-pix_fmt", "yuv420p", clip]);
  const inside = video("clip", "grey.mp4", {
    ...timed(2, 4),
    "data-color-grading": { adjust: { exposure: 0.8 } },
    style: "position: absolute; left: 108px; top: 52px; width: 64px; height: 36px",
  });
  const { file } = await rendered(t, { transitions: [CROSSFADE], inside }, { ws });
  const graded = pixelOverTime(file, ...MIDDLE)[0];
  assert.ok(graded[0] > 128 + 20, `the clip is not graded: ${graded}`);
  assertCrossfade(file, { from: graded });
});

test("scenes that are clips themselves are blended", async (t) => {
  const ws = workspace(t);
  const clips = [
    ["c", "0xc82828"],
    ["d", "0x283cc8"],
  ].map(([id, colour], track) => {
    const source = `color=${colour}:size=64x36:rate=30:duration=2`;
    const encode = ["-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709"];
    const file = join(ws.project, `${id}.mp4`);
    const args = ["-v", "error", "-f", "lavfi", "-i", source, ...encode, "-pix_fmt", "yuv420p"];
    execFileSync("ffmpeg", [...args, file]);
    const style = "width: 280px; height: 140px; object-fit: fill";
    return video(id, `${id}.mp4`, { class: "scene clip", ...timed(2, track + 4), style });
  });
  const page = { transitions: [CROSSFADE], body: clips.join(""), scenes: ["c", "d"] };
  const { file } = await rendered(t, page, { ws });
  const seen = pixelOverTime(file, ...MIDDLE);
  const [from, to] = [seen[0], seen[FRAMES - 1]];
  assert.ok(near(from, RED, 12) && near(to, BLUE, 12), `${from}, ${to}`);
  assertCrossfade(file, { from, to });
});

test("odd sizes, several workers, more transitions than one", async (t) => {
  const transitions = [
    { time: 0.2, duration: 0.4, shader: "crossfade" },
    { time: 1, duration: 0.5, shader: "glitch" },
  ];
  const page = {
    transitions,
    size: [321, 181],
    scenes: ["a", "b", "c"],
    body: `<div id="c" class="scene" style="background: #fff"></div>`,
  };
  const { file } = await rendered(t, page, { flags: ["--workers", "3"] });
  const { width, height, frames } = probe(file);
  assert.deepEqual([width, height, frames], [322, 182, FRAMES]);
  const seen = pixelOverTime(file, ...MIDDLE);
  assert.ok(near(seen[0], RED) && near(seen[24], BLUE) && near(seen[59], [255, 255, 255]));
});

test("a page without WebGL, in a browser that photographs by itself", async (t) => {
  const before = "HTMLCanvasElement.prototype.getContext = () => null;";
  const env = { PRODUCER_FORCE_SCREENSHOT: "true" };
  const { file } = await rendered(t, { transitions: [CROSSFADE], before }, { env });
  assertCrossfade(file);
});

for (const name of ["o.webm", "o.mov"]) {
  test(`transparency goes through a transition: ${name}`, async (t) => {
    const style = "#root { background: none; } #b { background: none; }";
    const flags = ["--format", name.slice(2)];
    const options = { transitions: [CROSSFADE], style };
    const { file } = await rendered(t, options, { flags, name });
    const seen = pixelOverTime(file, ...MIDDLE, "rgba");
    for (const [frame, alpha] of [
      [0, 255],
      [30, 128],
      [59, 0],
    ]) {
      assert.ok(Math.abs(seen[frame][3] - alpha) <= 4, `frame ${frame}: ${seen[frame]}`);
    }
    assert.ok(near(seen[30].slice(0, 3), RED, 8), `its colour stays: ${seen[30]}`);
    assert.equal(pixelOverTime(file, 4, 4, "rgba")[30][3], 0, "nothing around the scenes");
  });
}

describe("declarations that make no sense", () => {
  const told = async (t, page, pattern, options) => {
    const { file, end } = await rendered(t, page, options);
    assert.match(end.text, pattern);
    return pixelOverTime(file, ...MIDDLE);
  };

  test("an unknown shader is a crossfade, and said so once", async (t) => {
    const transitions = [{ ...CROSSFADE, shader: "wobble" }];
    const { file, end } = await rendered(t, { transitions }, { flags: ["--workers", "2"] });
    assertCrossfade(file);
    assert.equal(end.text.match(/there is no shader "wobble"/g)?.length, 1, end.text);
  });

  for (const [what, window, pattern] of [
    ["no duration", { time: 1, duration: 0 }, /change at once/],
    ["a negative duration", { time: 1, duration: -0.5 }, /change at once/],
    ["a time behind the end", { time: 7, duration: 1 }, /outside of the composition/],
  ]) {
    test(what, async (t) => {
      const transitions = [{ ...window, shader: "glitch" }];
      const seen = await told(t, { transitions }, pattern);
      assert.equal(seen.length, FRAMES);
      // With less than no duration, the page has neither scene for a while.
      const whole = [RED, BLUE, ...(window.duration < 0 ? [BACKGROUND] : [])];
      assert.ok(seen.every((colour) => whole.some((one) => near(colour, one))));
    });
  }

  test("times that are no numbers, and scenes that the page does not have", async (t) => {
    const after = `window.__hf = window.__hf || {};
      window.__hf.transitions = [
        { time: NaN, duration: 1, shader: "glitch", fromScene: "a", toScene: "b" },
        { time: 0.5, duration: 1, shader: "glitch", fromScene: "a", toScene: "nowhere" },
      ];`;
    // Published by hand: without the library, only the engine's own way blends them.
    const page = { transitions: [], scenes: ["a"], after };
    const seen = await told(t, page, /no element with the id nowhere/, { flags: [BY_ENGINE] });
    assert.equal(seen.length, FRAMES);
  });

  test("windows that overlap, and one that goes on behind the end", async (t) => {
    const transitions = [
      { time: 0.5, duration: 1, shader: "crossfade" },
      { time: 1.2, duration: 3, shader: "crossfade" },
    ];
    const page = {
      transitions,
      scenes: ["a", "b", "c"],
      body: `<div id="c" class="scene" style="background: #fff"></div>`,
    };
    const { file } = await rendered(t, page);
    const seen = pixelOverTime(file, ...MIDDLE);
    assert.ok(near(seen[30], between(RED, BLUE, 0.5)), `${seen[30]}`);
    assert.ok(seen[59][1] > 100, `on the way to white at the end: ${seen[59]}`);
  });

  test("a composition of one frame", async (t) => {
    const page = { transitions: [{ time: 0, duration: 1, shader: "glitch" }], seconds: 1 / FPS };
    const { file } = await rendered(t, page);
    assert.equal(pixelOverTime(file, ...MIDDLE).length, 1);
  });

  for (const depth of ["0", "2.5", "deep"]) {
    test(`HF_TRANSITION_RING_DEPTH=${depth} is refused`, async (t) => {
      const env = { HF_TRANSITION_RING_DEPTH: depth };
      const { ws, end } = await render(t, { transitions: [CROSSFADE] }, { env });
      assertExit(end, 1);
      assert.match(end.text, /HF_TRANSITION_RING_DEPTH/);
      assert.match(end.text, /whole number/);
      await assertClean(ws);
    });
  }
});

describe("what dies in the middle of a window", () => {
  async function startLong(t, page) {
    const ws = workspace(t);
    writeScenes(ws, page);
    const file = join(ws.out, "o.mp4");
    const flags = ["--workers", "2", "-q", "draft"];
    const running = await startCli(ws, ["render", ws.project, "-o", file, ...flags]);
    // Past the first frames, which lie before the window.
    await encoding(ws.dir, 6e6);
    return { ws, file, running };
  }

  for (const [what, processesOf, said] of [
    ["a browser", browsersOf, /continues at frame \d+ in a fresh browser/],
    ["the encoder", encodersOf, /FFmpeg exited with signal 9; all frames are captured again/],
  ]) {
    test(`${what}: the render completes with another one`, async (t) => {
      const transitions = [{ time: 0.5, duration: 19, shader: "crossfade" }];
      const { ws, file, running } = await startLong(t, { transitions, seconds: 20 });
      process.kill(processesOf(ws.dir)[0].pid, "SIGKILL");
      const end = await running.done;
      assertExit(end, 0);
      assert.match(end.text, said);
      const seen = pixelOverTime(file, ...MIDDLE);
      assert.equal(seen.length, 600);
      seen.forEach((colour, frame) => {
        const wanted = between(RED, BLUE, Math.min(1, Math.max(0, (frame - 15) / 570)));
        assert.ok(near(colour, wanted, 12), `frame ${frame}: ${colour} instead of ${wanted}`);
      });
      await assertClean(ws);
    });
  }

  test("a blend: one error, nothing left", async (t) => {
    const ws = workspace(t);
    const transitions = [{ time: 0.5, duration: 59, shader: "domain-warp" }];
    writeScenes(ws, { transitions, seconds: 60 });
    const env = { HF_NATIVE_PANIC_AT_BLEND: "20" };
    const end = await cli(ws, ["render", ws.project, "-o", join(ws.out, "o.mp4")], { env });
    assertOneError(end, /could not be blended: .*HF_NATIVE_PANIC_AT_BLEND is set/);
    await assertClean(ws);
  });
});

test("what was done is in the summary", async (t) => {
  const ws = workspace(t);
  const source = ["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=30:duration=2"];
  execFileSync("ffmpeg", ["-v", "error", ...source, join(ws.project, "clip.mp4")]);
  const style = "width: 64px; height: 36px";
  const inside = video("clip", "clip.mp4", { ...timed(2, 4), style });
  const env = { HF_TRANSITION_RING_DEPTH: "2", PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB: "80" };
  const flags = ["--debug", "--workers", "1"];
  const { end } = await render(t, { transitions: [CROSSFADE], inside }, { ws, env, flags });
  assertExit(end, 0);
  const { transitions, frameCache } = nativeSummary(end);
  assert.equal(transitions.blended, END - FIRST);
  assert.equal(transitions.depth, 2);
  assert.ok(transitions.peakFrames >= 1 && transitions.peakFrames <= transitions.frames);
  // Two scenes and what is above as two mattes, 16 bits while they are blended.
  assert.ok(transitions.bytes >= transitions.frames * 320 * 180 * 4 * 4, `${transitions.bytes}`);
  assert.equal(frameCache.budgetBytes, 80 << 20);
  assert.ok(frameCache.peakBytes > 0 && frameCache.peakBytes <= frameCache.budgetBytes);
  for (const field of ["entries", "bytes", "hits", "misses", "evictions", "oversized"]) {
    assert.equal(typeof frameCache[field], "number", field);
  }
  assert.ok(frameCache.misses > 0);
});
