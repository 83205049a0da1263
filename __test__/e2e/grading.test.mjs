/** Colour grading by upstream's runtime: what is drawn, and what shows of the page's own opacity. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ChromePipe, SOFTWARE_WEBGL } from "../../scripts/lib/chrome-pipe.mjs";
import { ROOT } from "../../scripts/lib/run.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { element, timed, video } from "./support/html.mjs";
import { numbers } from "./support/numbers.mjs";
import { writeProject } from "./support/project.mjs";
import { cli } from "./support/run.mjs";
import { between, near, pixelOverTime, putLibraries } from "./support/scenes.mjs";
import { WHOLE_ONLY } from "./support/whole.mjs";
import { browser, workspace } from "./support/workspace.mjs";

const RUNTIME = join(ROOT, "node_modules/hyperframes/dist/hyperframe.runtime.iife.js");
const MODULES = ["fold", "programs", "uploads", "hiding", "install"];

/** As `src/page/scripts.rs` puts them together. */
function gradingScript() {
  const texts = MODULES.map((name) =>
    readFileSync(join(ROOT, "src/page/scripts/grading", `${name}.js`), "utf8"),
  );
  return `(() => { const modules = {};
    const define = (name, make) => { modules[name] = make(modules); };
    ${texts.join("\n")} })();`;
}

/** Runs in the page: the pixels of each grading of a noisy picture, as text. */
const DRAW = `(async (gradings) => {
  const [width, height] = [64, 36];
  const source = Object.assign(document.createElement("canvas"), { width, height });
  const context = source.getContext("2d");
  const data = context.createImageData(width, height);
  for (let i = 0; i < data.data.length; i++) {
    const [x, y] = [(i >> 2) % width, (i >> 2) / width | 0];
    const smooth = [x * 4, y * 7, 255 - x * 2 - y * 3][i % 4] ?? 255;
    data.data[i] = i % 4 === 3 ? 255 : smooth ^ ((i * 7919) % 64);
  }
  context.putImageData(data, 0, 0);
  const image = Object.assign(document.createElement("img"), { id: "picture", width, height });
  image.src = source.toDataURL();
  document.body.append(image);
  await image.decode();
  const list = gradings.map((grading, id) => ({ id: String(id), grading }));
  const grading = window.__hf.colorGrading;
  const { images } = await grading.renderPreviews("#picture", list, { maxDimension: width });
  const texts = [];
  for (const { dataUrl, error } of images) {
    if (!dataUrl) throw new Error(error);
    const drawn = Object.assign(new Image(), { src: dataUrl });
    await drawn.decode();
    context.clearRect(0, 0, width, height);
    context.drawImage(drawn, 0, 0);
    texts.push(btoa(String.fromCharCode(...context.getImageData(0, 0, width, height).data)));
  }
  return texts;
})`;

const ADJUST = [
  ...["exposure", "contrast", "highlights", "shadows", "whites", "blacks", "temperature", "tint"],
  ...["vibrance", "saturation"],
];
const DETAILS = ["vignette", "grain", "grainSize", "grainRoughness", "vignetteRoundness"];
const EFFECTS = [
  ...["blur", "pixelate", "chromaBleed", "tapeDamage", "tapeTracking", "filmArtifacts", "halftone"],
  ...["twoInkPrint", "ascii", "asciiRotation", "dither", "bloom", "monoScreen", "scanlines"],
  ...["chromaticAberration", "crtCurvature", "digitalGlitch", "digitalGlitchLineTear"],
  ...["digitalGlitchBlockAmount", "engraving", "crosshatch", "kuwahara"],
];

/** A grading of which most amounts are zero, as authors write them. */
function someGrading(next) {
  const some = (names, share, least) =>
    Object.fromEntries(
      names.filter(() => next() < share).map((name) => [name, least + next() * (0.8 - least)]),
    );
  const wheel = () => ({ hue: next() * 360, amount: next(), level: next() - 0.5 });
  const rising = () => [
    [0, 0],
    [0.5, 0.3 + next() * 0.4],
    [1, 1],
  ];
  return {
    intensity: next() < 0.7 ? 1 : next(),
    adjust: some(ADJUST, 0.3, -0.5),
    details: some(DETAILS, 0.3, 0),
    effects: next() < 0.4 ? {} : some(EFFECTS, 0.12, 0.05),
    ...(next() < 0.3 && { wheels: { shadows: wheel(), highlights: wheel() } }),
    ...(next() < 0.3 && { curves: { master: rising(), red: rising() } }),
  };
}

/** The drawings of `gradings` by the runtime, in a browser page that runs `script` before it. */
async function drawings(gradings, script) {
  const chrome = new ChromePipe(browser(), SOFTWARE_WEBGL);
  try {
    const { targetId } = await chrome.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await chrome.call("Target.attachToTarget", { targetId, flatten: true });
    const evaluate = async (expression) => {
      const options = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await chrome.call(
        "Runtime.evaluate",
        options,
        sessionId,
      );
      assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
      return result.value;
    };
    await evaluate(
      'document.body.innerHTML = \'<div data-composition-id="main" data-duration="1"></div>\'; 0',
    );
    await evaluate(`${script}; 0`);
    await evaluate(`${readFileSync(RUNTIME, "utf8")}; 0`);
    const texts = await evaluate(`${DRAW}(${JSON.stringify(gradings)})`);
    return texts.map((text) => Buffer.from(text, "base64"));
  } finally {
    await chrome.close();
  }
}

test("programs made for their amounts draw what the runtime's own draws", WHOLE_ONLY, async () => {
  const next = numbers(20261126);
  const gradings = Array.from({ length: 24 }, () => someGrading(next));
  const own = await drawings(gradings, "");
  const made = await drawings(gradings, gradingScript());
  own.forEach((expected, n) => {
    let worst = 0;
    expected.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - made[n][i]));
    });
    assert.ok(worst <= 1, `off by ${worst} of 255: ${JSON.stringify(gradings[n])}`);
  });
  assert.ok(new Set(own.map(String)).size > 20, "the gradings hardly differ");
});

const FPS = 30;
const FRAMES = 12;
const SIZE = [48, 27];
const BACKGROUND = [32, 48, 64];
/** By id: where an element is, and how much of it shows in output frame `n`. */
const FADED = {
  first: { left: 8, top: 8, share: (n) => Math.min(n / 6, 1) },
  late: { left: 72, top: 8, share: (n) => (n < 3 ? 0 : Math.min((n - 3) / 6, 1)) },
  opened: { left: 136, top: 8, share: (n) => Math.min(n / 6, 1) },
  gone: { left: 200, top: 8, share: (n) => (n < 6 ? 1 - n / 6 : 0) },
  half: { left: 8, top: 130, share: () => 0.5 },
  clip: { left: 72, top: 130, share: () => 0.5 },
  fadedClip: { left: 136, top: 130, share: (n) => Math.min(n / 6, 1) },
  plain: { left: 200, top: 130, share: () => 1 },
};

function writeFadingPage(ws) {
  const grey = (file, ...args) =>
    execFileSync("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", `color=0x707070:size=${SIZE.join("x")}:rate=${FPS}`],
      ...[...args, join(ws.project, file)],
    ]);
  grey("grey.png", "-frames:v", "1");
  grey("grey.mp4", "-t", "1", "-pix_fmt", "yuv420p");
  putLibraries(ws);
  const whole = timed(FRAMES / FPS);
  const markup = Object.entries(FADED).map(([id, { left, top }], track) => {
    const common = {
      "data-color-grading": { adjust: { exposure: 0.6 } },
      style: `position: absolute; left: ${left}px; top: ${top}px`,
      ...whole,
      ...(id === "late" && { "data-start": 0.1, "data-duration": 0.3 }),
      "data-track-index": track + 1,
    };
    if (/clip/i.test(id)) return video(id, "grey.mp4", common);
    return element("img", { id, class: "clip", src: "grey.png", alt: "", ...common });
  });
  writeProject(ws, {
    seconds: FRAMES / FPS,
    timeline: true,
    head: '<script src="gsap.js"></script>',
    style: `#root { background: rgb(${BACKGROUND}); } #opened { opacity: 0; }
      #half, #clip { opacity: 0.5; }
      img, video { width: ${SIZE[0]}px; height: ${SIZE[1]}px; }`,
    body: markup.join(""),
    after: `<script>
      const timeline = gsap.timeline({ paused: true, defaults: { duration: 0.2, ease: "none" } });
      timeline.from("#first, #fadedClip", { opacity: 0 }, 0);
      timeline.from("#late", { opacity: 0 }, 0.1);
      timeline.to("#opened", { opacity: 1 }, 0);
      timeline.to("#gone", { opacity: 0 }, 0);
      window.__timelines = { main: timeline };
    </script>`,
  });
}

for (const workers of [1, 2]) {
  test(`graded elements have their own opacity from the first frame, ${workers} workers`, async (t) => {
    const ws = workspace(t);
    writeFadingPage(ws);
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file, "--workers", String(workers)]);
    assertExit(end, 0);
    assertNative(end);
    const at = ({ left, top }) => pixelOverTime(file, left + SIZE[0] / 2, top + 13);
    const graded = at(FADED.plain)[0];
    assert.ok(graded[0] > 0x70 + 30, `nothing is graded: ${graded}`);
    for (const [id, place] of Object.entries(FADED)) {
      const seen = at(place);
      assert.equal(seen.length, FRAMES);
      seen.forEach((color, n) => {
        const expected = between(BACKGROUND, graded, place.share(n));
        assert.ok(near(color, expected), `${id}, frame ${n}: ${color}, not ${expected}`);
      });
    }
    await assertClean(ws);
  });
}
