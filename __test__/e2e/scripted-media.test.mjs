/** Media that scripts make or change: shown and heard as if it stood in the markup. */
import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertExit, assertNative } from "./support/expect.mjs";
import { element, timed } from "./support/html.mjs";
import { writeProject } from "./support/project.mjs";
import { cli } from "./support/run.mjs";
import { assertSameSamples, makeSound, renderBoth, toneLevels } from "./support/sound.mjs";
import { framesShown, writeClipPage } from "./support/source-frames.mjs";
import { workspace } from "./support/workspace.mjs";

const FRAMES = 15;
const LEFT = { rect: [10, 20, 300, 150] };
const RIGHT = { rect: [320, 20, 300, 150] };
const spec = (clip) => ({ file: `${clip}.mp4`, clip, size: "320x180", fps: "30", seconds: 2 });

const style = ({ rect: [x, y, w, h] }) =>
  `left: ${x}px; top: ${y}px; width: ${w}px; height: ${h}px`;
/** A script that makes a clip. */
const makes = (attributes, box, place = "root.append(v)") => `{
  const v = document.createElement("video");
  const all = ${JSON.stringify({ muted: "", style: style(box), ...attributes })};
  for (const [name, value] of Object.entries(all)) v.setAttribute(name, value);
  ${place};
}`;

async function rendered(ws, { clips = [], script, change = (html) => html, flags = [] }) {
  for (const clip of [1, 2])
    copyFileSync(await clipFile(spec(clip)), join(ws.project, `${clip}.mp4`));
  const whole = `const root = document.getElementById("root");\n${script}`;
  writeClipPage(ws, { clips, seconds: FRAMES / 30, script: whole });
  const index = join(ws.project, "index.html");
  writeFileSync(index, change(readFileSync(index, "utf8")));
  const file = join(ws.out, "o.mp4");
  const args = ["render", ws.project, "-o", file, "--crf", "0", ...flags];
  const end = await cli(ws, args, { env: { HYPERFRAMES_NATIVE: "only" } });
  assertExit(end, 0);
  assertNative(end);
  return { file, end };
}

/** What a clip shows from an output frame on: its frames from `first`, nothing before and behind. */
const shown = (clip, [from, to], first = 0) =>
  Array.from({ length: FRAMES }, (_, at) =>
    at < from || at >= to ? null : `${clip}:${at - from + first}`,
  );

for (const workers of ["1", "2"]) {
  test(`clips that a script makes, with and without an id (${workers} workers)`, async (t) => {
    const ws = workspace(t);
    const times = { "data-start": "0.1", "data-duration": "0.3" };
    const named = makes({ id: "late", src: "1.mp4", ...times, "data-media-start": "0.2" }, LEFT);
    const url = `new URL("2.mp4", location.href).href`;
    const nameless = makes(times, RIGHT, `v.src = ${url}; root.append(v)`);
    const { file } = await rendered(ws, {
      script: named + nameless,
      flags: ["--workers", workers],
    });
    const [left, right] = framesShown(file, [LEFT, RIGHT]);
    assert.deepEqual(left, shown(1, [3, 12], 6));
    assert.deepEqual(right, shown(2, [3, 12]));
  });
}

test("a clip that appears while the composition plays", async (t) => {
  const ws = workspace(t);
  const now = makes({ id: "late", src: "1.mp4", "data-start": "0.2", "data-end": "0.4" }, LEFT);
  const script = `
    const css = root.animate([{ opacity: 1 }, { opacity: 1 }], { duration: 150 });
    css.onfinish = () => ${now}`;
  const { file } = await rendered(ws, { script, flags: ["--workers", "1"] });
  assert.deepEqual(framesShown(file, [LEFT])[0], shown(1, [6, 12]));
});

test("a source that a script sets, and one that a variable names", async (t) => {
  const ws = workspace(t);
  const clips = [
    { id: "set", src: "1.mp4", rect: LEFT.rect },
    { id: "bound", src: "1.mp4", rect: RIGHT.rect, attributes: { "data-var-src": "film" } },
  ];
  const variables = [{ id: "film", type: "string", label: "Film", default: "1.mp4" }];
  const { file } = await rendered(ws, {
    clips,
    script: `document.getElementById("set").src = "2.mp4";`,
    change: (html) =>
      html.replace("<html", `<html data-composition-variables='${JSON.stringify(variables)}'`),
    flags: ["--variables", JSON.stringify({ film: "2.mp4" })],
  });
  const [left, right] = framesShown(file, [LEFT, RIGHT]);
  assert.deepEqual(left, shown(2, [0, FRAMES]));
  assert.deepEqual(right, shown(2, [0, FRAMES]));
});

test("a source that changes while the composition plays is named", async (t) => {
  const ws = workspace(t);
  const script = `
    const css = root.animate([{ opacity: 1 }, { opacity: 1 }], { duration: 150 });
    css.onfinish = () => { document.getElementById("set").src = "2.mp4"; };`;
  const { file, end } = await rendered(ws, {
    clips: [{ id: "set", src: "1.mp4", rect: LEFT.rect }],
    script,
    flags: ["--workers", "1"],
  });
  assert.match(end.stderr + end.stdout, /"set" gets another source at 0\.2 s/);
  assert.deepEqual(framesShown(file, [LEFT])[0], shown(1, [0, FRAMES]));
});

test("sound that scripts make is that of the same markup", async (t) => {
  const ws = workspace(t);
  makeSound(join(ws.project, "a.wav"), "sine=frequency=440:sample_rate=48000:duration=3");
  makeSound(join(ws.project, "b.wav"), "sine=frequency=1000:sample_rate=48000:duration=3");
  const attributes = {
    id: "made",
    src: "b.wav",
    "data-start": "0.5",
    "data-duration": "1",
    "data-volume": "0.5",
  };
  const script = `<script>{
    const a = document.createElement("audio");
    for (const [name, value] of Object.entries(${JSON.stringify(attributes)})) {
      a.setAttribute(name, value);
    }
    document.getElementById("root").append(a);
  }</script>`;
  const fixed = element("audio", { id: "fixed", src: "a.wav", ...timed(2) });
  const files = [];
  for (const [name, body, after] of [
    ["made", fixed, script],
    ["written", fixed + element("audio", attributes), ""],
  ]) {
    writeProject(ws, { seconds: 2, body, after });
    const file = join(ws.out, `${name}.mp4`);
    const end = await cli(ws, ["render", ws.project, "-o", file, "-q", "draft", "--fps", "10"], {
      env: { HYPERFRAMES_NATIVE: "only" },
    });
    assertExit(end, 0);
    files.push(file);
  }
  const levels = (file) => toneLevels(file, [440, 1000], [0.25, 1, 1.75]);
  const [made, written] = files.map(levels);
  const rounded = (rows) => rows.map((row) => row.map((level) => Math.round(level * 1000)));
  assert.deepEqual(rounded(made), rounded(written));
  const [, [before, during, behind]] = made;
  assert.ok(during > 0.02 && before < 0.001 && behind < 0.001, `${[before, during, behind]}`);
});

test("sound in a composition whose length only its timeline knows", async (t) => {
  const ws = workspace(t);
  makeSound(join(ws.project, "a.wav"), "anoisesrc=d=3:c=pink:r=48000:a=0.3:seed=3");
  const inner = `<div id="part" data-composition-id="part" data-start="0.4">
    ${element("audio", { id: "inner", src: "a.wav", "data-start": 0.1, "data-duration": 1.4 })}
  </div>`;
  const fake = (seconds) => `{
    time: 0, pause() {}, play() {}, seek(t) { this.time = t; }, totalTime(t) { this.time = t; },
    duration: () => ${seconds}, totalDuration: () => ${seconds},
  }`;
  const after = `<script>
    window.__timelines = { main: ${fake(2)}, part: ${fake(0.8)} };
  </script>`;
  writeProject(ws, { seconds: 2, body: inner, after, timeline: true });
  const { ours, theirs } = await renderBoth(ws, "o.mp4", ["--fps", "10"]);
  for (const { end } of [ours, theirs]) assertExit(end, 0);
  assertNative(ours.end);
  assertSameSamples(ours.samples, theirs.samples, [
    { start: 0.5, end: 1.2 },
    { start: 0.5, end: 1.9 },
  ]);
});
