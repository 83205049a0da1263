/** Volumes that scripts set are heard however they do it, and hearing them changes no picture. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { compositionPage, element, timed } from "./support/html.mjs";
import { cli } from "./support/run.mjs";
import { makeSound, toneLevels } from "./support/sound.mjs";
import { workspace } from "./support/workspace.mjs";

const require = createRequire(import.meta.url);
const SECONDS = 1.5;
/** Amplitude of the tones in their files. */
const LOUDNESS = 0.1;
/** Share of the wanted amplitude that AAC and a window's edges may take. */
const TOLERANCE = 0.08;
/** What a render says when it played a page. */
const PLAYED = /a page was played for the volumes/;

function writePage(ws, { body, script, head = "", style = "" }) {
  copyFileSync(require.resolve("gsap/dist/gsap.min.js"), join(ws.project, "gsap.js"));
  const html = compositionPage({
    title: "Volumes",
    seconds: SECONDS,
    timeline: true,
    size: [160, 90],
    style: `#root { background: #123; } ${style}`,
    head: `<script src="gsap.js"></script>${head}`,
    body,
    after: `<script>
      window.__timelines = window.__timelines || {};
      const master = gsap.timeline({ paused: true });
      ${script}
      master.to({}, { duration: ${SECONDS} }, 0);
      window.__timelines.main = master;
    </script>`,
  });
  writeFileSync(join(ws.project, "index.html"), html);
}

/** The markup of a sine tone that sounds throughout. */
function tone(ws, id, frequency, more = {}) {
  const source = `sine=frequency=${frequency}:sample_rate=48000:duration=${SECONDS}`;
  // Sine tones of ffmpeg have an amplitude of 1/8.
  const filter = `volume=${8 * LOUDNESS},pan=stereo|c0=c0|c1=c0`;
  makeSound(join(ws.project, `${id}.wav`), source, ["-af", filter]);
  return element("audio", { id, src: `${id}.wav`, ...timed(SECONDS), ...more });
}

async function render(ws, name, { flags = [], isPlayed = true } = {}) {
  const file = join(ws.out, name);
  const end = await cli(ws, ["render", ws.project, "-o", file, "-q", "draft", ...flags]);
  assertExit(end, 0);
  assertNative(end);
  assert.equal(PLAYED.test(end.text), isPlayed, end.text);
  return file;
}

/** Asserts gains: by frequency, the wanted gain at each time. */
function assertGains(file, times, wanted) {
  const frequencies = Object.keys(wanted).map(Number);
  const levels = toneLevels(file, frequencies, times);
  frequencies.forEach((frequency, tone) => {
    wanted[frequency].forEach((gain, at) => {
      const heard = levels[tone][at] / LOUDNESS;
      const text = `${frequency} Hz at ${times[at]} s: gain ${heard.toFixed(3)}, wanted ${gain}`;
      assert.ok(Math.abs(heard - gain) <= TOLERANCE, text);
    });
  });
}

test("whatever sets a volume is heard", async (t) => {
  const ws = workspace(t);
  const host = { id: "host", "data-composition-id": "inner", "data-composition-src": "inner.html" };
  writePage(ws, {
    body: [
      tone(ws, "selector", 300),
      tone(ws, "target", 500, { "data-volume": 0.5 }),
      tone(ws, "callback", 700),
      tone(ws, "mute", 900),
      tone(ws, "once", 1100),
      tone(ws, "attribute", 1300, { "data-volume": 0.8 }),
      tone(ws, "louder", 1500, { "data-volume": 2 }),
      tone(ws, "untouched", 1700, { "data-volume": 0.4 }),
      tone(ws, "faded", 2100, { "data-fade-out": 1 }),
      tone(ws, "unmuted", 2300, { muted: true }),
      tone(ws, "moved", 2500),
      element("div", { ...host, "data-start": 0.5, "data-duration": 1 }),
    ].join("\n"),
    style: `#host { transition: margin 0.2s linear; }`,
    script: `
      master.set("#unmuted", { muted: false }, 0.5);
      master.call(() => { document.getElementById("host").style.margin = "9px"; }, null, 0.3);
      document.getElementById("host").addEventListener("transitionend", () => {
        document.getElementById("moved").volume = 0.5;
      });
      master.fromTo("#selector", { volume: 0 }, { volume: 1, duration: 1, ease: "none" }, 0);
      const target = document.querySelectorAll("audio")[1];
      master.to(target, { volume: 0, duration: 0.1 }, 0.5);
      const state = { level: 1 };
      const callback = document.getElementById("callback");
      master.to(state, { level: 0, duration: 1, ease: "none", onUpdate: () => {
        callback.volume = state.level;
      } }, 0);
      master.set("#mute", { muted: true }, 0.5).set("#mute", { muted: false }, 1);
      document.getElementById("once").volume = 0.25;
      master.to("#attribute", { attr: { "data-volume": 0 }, duration: 1, ease: "none" }, 0);
      master.to("#louder", { volume: 1, duration: 0.1 }, 0.5);`,
  });
  const inner = tone(ws, "inner", 1900, { "data-duration": 1 });
  writeFileSync(
    join(ws.project, "inner.html"),
    `<template id="inner-template">
      <div data-composition-id="inner" data-width="20" data-height="20" data-duration="1">
        ${inner}
        <script>
          window.__timelines = window.__timelines || {};
          window.__timelines.inner = gsap.timeline({ paused: true }).fromTo(
            '[data-composition-id="inner"] audio', { volume: 0 }, { volume: 1, duration: 1, ease: "none" },
          );
        </script>
      </div>
    </template>`,
  );
  const file = await render(ws, "o.mp4");
  assertGains(file, [0.25, 0.75, 1.25], {
    300: [0.25, 0.75, 1],
    500: [0.5, 0, 0],
    700: [0.75, 0.25, 0],
    900: [1, 0, 1],
    1100: [0.25, 0.25, 0.25],
    1300: [0.6, 0.2, 0],
    1500: [2, 1, 1],
    1700: [0.4, 0.4, 0.4],
    1900: [0, 0.25, 0.75],
    2100: [1, 0.75, 0.25],
    2300: [0, 1, 1],
    2500: [1, 0.5, 0.5],
  });
  await assertClean(ws);
});

test("a muted video is heard where scripts unmute it, one without sound never", async (t) => {
  const ws = workspace(t);
  const film = (name, ...sound) => {
    const picture = ["-f", "lavfi", "-i", `color=s=32x18:r=10:d=${SECONDS}`];
    const file = join(ws.project, name);
    execFileSync("ffmpeg", ["-v", "error", ...picture, ...sound, "-c:v", "libx264", file]);
  };
  const sine = `sine=frequency=300:sample_rate=48000:duration=${SECONDS}`;
  film("a.mp4", "-f", "lavfi", "-i", sine, "-af", `volume=${8 * LOUDNESS},pan=stereo|c0=c0|c1=c0`);
  film("silent.mp4");
  const clip = (id, src, more) => element("video", { id, src, ...timed(SECONDS), ...more });
  writePage(ws, {
    body: [
      clip("a", "a.mp4", { muted: true }),
      clip("b", "silent.mp4", {}),
      clip("c", "silent.mp4", { "data-has-audio": "true", "data-track-index": 7 }),
      element("audio", { id: "d", src: "silent.mp4", ...timed(SECONDS), "data-track-index": 8 }),
    ].join("\n"),
    script: `
      master.set("#a", { muted: false }, 0.5);
      master.call(() => { document.getElementById("a").volume = 0.5; }, null, 1);`,
  });
  const file = await render(ws, "o.mp4");
  assertGains(file, [0.25, 0.75, 1.25], { 300: [0, 1, 0.5] });
  await assertClean(ws);
});

test("a page is played only where scripts name or set a volume", async (t) => {
  const ws = workspace(t);
  const sounds = [
    tone(ws, "a", 300, { "data-volume": 0.5, "data-duration": 1 }),
    tone(ws, "b", 500, { "data-fade-in": 0.5 }),
    tone(ws, "c", 700, { "data-volume": 2 }),
    // It starts over every half second.
    tone(ws, "d", 900, { loop: true, "data-media-start": 1 }),
  ];
  writePage(ws, {
    body: sounds.join("\n"),
    script: `master.to("#root", { x: 9, duration: 1 }, 0);`,
  });
  const file = await render(ws, "o.mp4", { flags: ["--workers", "2"], isPlayed: false });
  assertGains(file, [0.25, 0.75], {
    300: [0.5, 0.5],
    500: [0.5, 1],
    700: [2, 2],
    900: [1, 1],
  });
  await assertClean(ws);
});

test("a volume that no script names is heard", async (t) => {
  const ws = workspace(t);
  writePage(ws, {
    body: [tone(ws, "a", 300), tone(ws, "b", 500, { "data-fade-out": 1 })].join("\n"),
    script: `const name = ["vol", "ume"].join("");
      master.fromTo("#a", { [name]: 0 }, { [name]: 1, duration: 1, ease: "none" }, 0);`,
  });
  const file = await render(ws, "o.mp4");
  assertGains(file, [0.25, 0.75, 1.25], { 300: [0.25, 0.75, 1], 500: [1, 0.75, 0.25] });
  await assertClean(ws);
});

test("pictures are those of a page that was not played before, with any number of workers", async (t) => {
  const ws = workspace(t);
  const square = (id, left) =>
    element("i", { id, style: `position: absolute; left: ${left}px; top: 10px` });
  const page = (script) => ({
    style: "i { width: 30px; height: 30px; background: #fff; }",
    body: [
      tone(ws, "a", 300),
      square("hides", 10),
      square("leaves", 60),
      square("counts", 110),
    ].join(""),
    script: `
      master.from("#hides", { scale: 0.5, duration: 0.2 }, 0);
      // What seeking back does not undo.
      master.call(() => { document.getElementById("hides").hidden = true; }, [], 1.2);
      master.call(() => { document.getElementById("leaves")?.remove(); }, [], 1.3);
      let calls = 0;
      master.to({}, { duration: 0.1, onComplete: () => {
        calls += 1;
        document.getElementById("counts").style.opacity = 1 / calls;
      } }, 1);
      ${script}`,
  });
  const frames = async (name, workers, isPlayed = true) => {
    const flags = ["--crf", "0", "--workers", String(workers)];
    const file = await render(ws, `${name}.mp4`, { flags, isPlayed });
    const args = ["-v", "error", "-i", file, "-map", "0:v", "-f", "framemd5", "-"];
    return execFileSync("ffmpeg", args, { encoding: "utf8" });
  };
  writePage(ws, page(""));
  const quiet = await frames("quiet", 1, false);
  writePage(ws, page(`master.to("#a", { volume: 0.1, duration: 1 }, 0.2);`));
  for (const workers of [1, 2, 3]) {
    assert.equal(await frames(`faded-${workers}`, workers), quiet, `${workers} workers`);
  }
  await assertClean(ws);
});
