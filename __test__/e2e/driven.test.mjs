/**
 * Pages that HyperFrames photographs, as they draw in animation frames or have iframes: they are drawn
 * on command and compared with screenshots, which are taken of all frames where one differs.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertExit, assertNative, nativeSummary } from "./support/expect.mjs";
import { misplaced, pictures, until, writeBars } from "./support/moving-bars.mjs";
import { page } from "./support/project.mjs";
import { cli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

/** What the plan keeps to screenshots. */
const PHOTOGRAPHED = { HF_NATIVE_LANE: "lossless" };

async function rendered(ws, name, { env, workers = 1 } = {}) {
  const file = join(ws.out, name);
  const flags = ["--crf", "0", "--workers", String(workers), "--debug"];
  const end = await cli(ws, ["render", ws.project, "-o", file, ...flags], { env });
  assertExit(end, 0);
  assertNative(end);
  return { file, native: nativeSummary(end) };
}

/** A document in which a bar goes on in animation frames, as the clock says and by their count. */
const inner = `<!doctype html><style>
  body { margin: 0 }
  div { position: absolute; left: 0; width: 20px; height: 10px; background: #f00 }
  </style><div id="clock"></div><div id="count" style="top: 20px"></div><script>
  let frames = -1;
  (function loop(now) {
    frames += 1;
    clock.style.left = now / 10 + "px";
    count.style.left = frames * 3 + "px";
    requestAnimationFrame(loop);
  })(0);
  </script>`;

/** The two bars in a frame of the page, and one outside of it. */
const framed = (attribute) => ({
  clock: {
    body: `<iframe ${attribute} width="320" height="40" style="border: 0"></iframe>`,
    at: (t) => 100 * t,
  },
  count: { body: " ", at: (t) => 3 * (1 + Math.round(30 * t)) },
  outside: {
    script: `tl.to("#outside", { left: 200, duration: 1, ease: "none" }, 0)`,
    at: (t) => 200 * until(t),
  },
});

for (const [name, attribute] of [
  ["a file", 'src="inner.html"'],
  ["srcdoc", `srcdoc='${inner}'`],
]) {
  test(`animation frames in an iframe from ${name}: one for every frame, by any worker`, async (t) => {
    const ws = workspace(t);
    writeFileSync(join(ws.project, "inner.html"), inner);
    const bars = framed(attribute);
    writeBars(ws, bars, 1);
    const alone = await rendered(ws, "alone.mp4");
    assert.deepEqual(misplaced(alone.file, bars), []);
    assert.equal(alone.native.lane, "surface");
    assert.equal(alone.native.comparedWithScreenshots, 4);
    const shared = await rendered(ws, "shared.mp4", { workers: 3 });
    assert.equal(shared.native.lane, "surface");
    assert.equal(pictures(shared.file), pictures(alone.file));
  });
}

test("a page that draws otherwise on command is photographed, and the plan says why", async (t) => {
  const ws = workspace(t);
  // An observer is called after a frame that is drawn on command, and before a screenshot.
  const after = `<script>
    const box = document.getElementById("tall");
    new IntersectionObserver(([entry]) => {
      box.style.background = "rgb(" + 20 * Math.round(10 * entry.intersectionRatio) + " 0 0)";
    }, { threshold: Array.from({ length: 21 }, (_, i) => i / 20) }).observe(box);
    (function loop(now) {
      box.style.transform = "translateY(" + now / 3 + "px)";
      requestAnimationFrame(loop);
    })(0);
  </script>`;
  const body = `<div id="tall" style="position: absolute; left: 9px; width: 60px; height: 180px"></div>`;
  writeFileSync(join(ws.project, "index.html"), page({ seconds: 0.5, body, after }));
  const { file, native } = await rendered(ws, "o.mp4");
  const [first, second, ...others] = native.attempts;
  assert.deepEqual([first.lane, second.lane, others], ["surface", "screenshot", []]);
  assert.match(first.notes.at(-1), /frame \d+ is not what a screenshot shows: \d+ samples/);
  assert.equal(native.comparedWithScreenshots, 0);
  assert.ok(file);
});

test("--explain names what frames are compared with screenshots for", async (t) => {
  const ws = workspace(t);
  const after = "<script>requestAnimationFrame(() => {})</script>";
  writeFileSync(join(ws.project, "index.html"), page({ after }));
  const explain = async (env) => {
    const args = ["render", ws.project, "-o", join(ws.out, "o.mp4"), "--explain=json"];
    const end = await cli(ws, args, { env });
    assertExit(end, 0);
    return JSON.parse(end.stdout).plan.capture;
  };
  const driven = await explain();
  const { lane, mode, reasons, comparedWithScreenshots } = driven;
  assert.deepEqual([lane, mode, reasons], ["surface", "beginframe", []]);
  assert.equal(comparedWithScreenshots, "requestAnimationFrame");
  const photographed = await explain(PHOTOGRAPHED);
  assert.equal(photographed.mode, "screenshot");
  assert.match(photographed.reasons[0], /the page asks for it \(requestAnimationFrame\)/);
});
