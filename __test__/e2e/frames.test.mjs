/** Single frames from a composition that stays open. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertClean } from "./support/expect.mjs";
import { compositionPage, element, timed, video } from "./support/html.mjs";
import { browsersOf, survivors, until } from "./support/processes.mjs";
import { writeProject } from "./support/project.mjs";
import { start } from "./support/run.mjs";
import { writeScenes } from "./support/scenes.mjs";
import { workspace } from "./support/workspace.mjs";

const CHILD = fileURLToPath(new URL("support/frames-child.mjs", import.meta.url));

/** Starts a process that asks for frames of the workspace's project. */
function startFrames(ws, request, more = {}) {
  const args = [CHILD, JSON.stringify({ project: ws.project, ...request })];
  const env = { ...ws.env(), ...more };
  return start(process.execPath, args, { cwd: ws.dir, env, timeoutMs: 60_000 });
}

/** What it answered, once it has ended. */
async function answered(running) {
  const end = await running.done;
  assert.equal(end.code, 0, end.text);
  return JSON.parse(end.stdout.trim().split("\n").at(-1));
}

/** Asserts that `frames`, asked for in that order, are those of a render, to the pixel. */
async function assertRendered(ws, frames, fps, env = {}) {
  const [out, render] = ["frames", "sequence"].map((name) => join(ws.out, name));
  mkdirSync(out);
  await answered(startFrames(ws, { frames, fps, out, render }, env));
  for (const frame of frames) {
    const rendered = join(render, `frame_${String(frame + 1).padStart(6, "0")}.png`);
    assert.ok(pixels(rendered).equals(pixels(join(out, `${frame}.png`))), `frame ${frame}`);
  }
  assert.deepEqual(await survivors(ws.dir, 4000), []);
  await assertClean(ws);
}

const pixels = (file) =>
  execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "rawvideo", "-pix_fmt", "rgba", "-"], {
    maxBuffer: 1 << 26,
  });

test("frames of a page with a clip and a sub-composition are those of a render", async (t) => {
  const ws = workspace(t);
  const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds: 2 };
  copyFileSync(await clipFile(spec), join(ws.project, "clip.mp4"));
  const inner = compositionPage({
    title: "Inner",
    seconds: 1,
    style: `#dot { position: absolute; width: 30px; height: 30px; background: #f80;
      animation: go 1s linear both; } @keyframes go { to { transform: translate(90px, 40px); } }`,
    body: element("div", { id: "dot" }),
    root: { "data-composition-id": "inner", id: "inner" },
  });
  writeFileSync(join(ws.project, "inner.html"), inner);
  const body = [
    video("v", "clip.mp4", { style: "width: 160px; height: 90px", ...timed(1, 0) }),
    element("div", {
      id: "host",
      "data-composition-id": "inner",
      "data-composition-src": "inner.html",
      ...timed(1, 1),
    }),
  ].join("\n");
  writeProject(ws, { seconds: 1, body });
  // The page goes back twice, and the clip with it.
  await assertRendered(ws, [3, 14, 15, 2, 20, 0], 25);
});

test("a page that stands still at its beginning is seen again after it went on", async (t) => {
  const ws = workspace(t);
  const style = "#root { background: #fff } #box { animation: move 0.2s 0.6s linear both }";
  writeProject(ws, { seconds: 1, style });
  await assertRendered(ws, [20, 0, 24, 1], 25, { HF_NATIVE_LANE: "reference" });
});

test("frames of a transition are those of a render", async (t) => {
  const ws = workspace(t);
  const transitions = [{ time: 0.3, duration: 0.4, shader: "crossfade" }];
  writeScenes(ws, { transitions, seconds: 1, inside: "<p>text</p>" });
  await assertRendered(ws, [5, 12, 18, 10, 24], 30);
});

test("wrong requests are named, changes are seen, and what is idle ends", async (t) => {
  const ws = workspace(t);
  const head = '<link rel="stylesheet" href="style.css">';
  writeProject(ws, { head });
  writeFileSync(join(ws.project, "style.css"), "");
  const running = startFrames(ws, { steps: ["errors", "names", "changes", "idle"], fps: 10 });
  await running.printed(/^idle$/m);
  assert.deepEqual(browsersOf(ws.dir), [], "a browser that nobody asks");
  running.child.kill("SIGKILL");
  const { stdout } = await running.done;
  const { errors, names, changes } = JSON.parse(stdout.trim().split("\n").at(-2));
  // Before it, another page was open.
  assert.equal(names, 1);
  assert.deepEqual(errors, {
    late: "HF_NATIVE_FRAME_TIME",
    missing: "HF_NATIVE_INVALID_OPTION",
    format: "HF_NATIVE_INVALID_OPTION",
    opaque: "HF_NATIVE_INVALID_OPTION",
    timeout: "HF_NATIVE_FRAME_TIMEOUT",
    aborted: "HF_NATIVE_CANCELLED",
    after: true,
  });
  assert.deepEqual(changes, {
    same: true,
    changed: true,
    range: [
      [1, 0.1],
      [2, 0.2],
    ],
    thumbnails: ["WEBP", "WEBP", "WEBP"],
    repeated: true,
  });
});

test("the browser ends with a process that is killed", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const running = startFrames(ws, { frames: [2], stay: true });
  await running.printed(/^open$/m);
  assert.ok(browsersOf(ws.dir).length > 0);
  running.child.kill("SIGKILL");
  await running.done;
  await until(() => browsersOf(ws.dir).length === 0, "the end of the browser");
  assert.deepEqual(await survivors(ws.dir, 4000), []);
});
