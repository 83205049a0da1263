/** Pages that throw, never get ready or do not let go. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { badInput } from "../support/bad-input.mjs";
import { assertClean, assertExit, assertNative } from "../support/expect.mjs";
import { writeProject } from "../support/project.mjs";
import { cli } from "../support/run.mjs";
import { assertVideo } from "../support/video.mjs";
import { workspace } from "../support/workspace.mjs";

/** Endless loops take the processor from whoever wants to end them. */
const BUSY_WITHIN_MS = 30_000;
const THROWS = '<script>throw new Error("boom at load");</script>';

// Mostly waiting, so two at a time.
describe("bad pages", { concurrency: 2 }, () => {
  test("a script that throws at load does not stop the rest of the page", async (t) => {
    const ws = workspace(t);
    writeProject(ws, { head: THROWS });
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file]);
    assertExit(end, 0);
    assertNative(end);
    assertVideo(file, { frames: 15 });
    await assertClean(ws);
  });

  badInput({
    title: "a script that throws before it has given the composition its length",
    prepare: (ws) => writeProject(ws, { seconds: 0, head: THROWS }),
    env: () => ({ PRODUCER_PLAYER_READY_TIMEOUT_MS: "2000" }),
    code: "HF_NATIVE_ZERO_DURATION",
    message: /zero duration/,
    check: ({ consoleTail }) => assert.match(consoleTail.join("\n"), /boom at load/),
  });

  badInput({
    title: "a page that never becomes ready",
    prepare: (ws) =>
      writeProject(ws, {
        head: '<script>Object.defineProperty(window, "__hf", { get() {}, set() {} });</script>',
      }),
    env: () => ({ PRODUCER_PLAYER_READY_TIMEOUT_MS: "1500" }),
    code: "HF_NATIVE_PAGE_NOT_READY",
    message: /window\.__hf not ready after 1500ms/,
  });

  test("a timeline that is never registered: a warning", async (t) => {
    const ws = workspace(t);
    const part =
      '<div data-composition-id="part" data-start="0" data-duration="0.5" ' +
      'style="width: 10px; height: 10px"></div>';
    writeProject(ws, { body: part });
    const file = join(ws.out, "o.mp4");
    const env = { PRODUCER_PLAYER_READY_TIMEOUT_MS: "1500" };
    const end = await cli(ws, ["render", ws.project, "-o", file], { env });
    assertExit(end, 0);
    assert.match(end.text, /\[sub_timeline_readiness_timeout\].*part/);
    assertVideo(file, { frames: 15 });
  });

  badInput({
    title: "a script that throws, and a timeline that is missing for it",
    prepare: (ws) =>
      writeProject(ws, {
        body: '<div data-composition-id="part" data-start="0" data-duration="0.5"></div>',
        after: '<script>throw new Error("boom before the timeline");</script>',
      }),
    message: /sub_timeline_script_failure.*boom before the timeline/s,
  });

  badInput({
    title: "an effect chain that fails in the middle",
    prepare: (ws) =>
      writeProject(ws, {
        after: `<script>
          addEventListener("hf-seek", ({ detail }) => {
            if (detail.time < 0.2) return;
            console.error("[HyperFrames] composition script error:", "vfx: glow: no shader");
          });
        </script>`,
      }),
    code: "HF_NATIVE_VFX",
    message: /A VFX chain failed.*runtime-error:vfx: glow: no shader/,
  });

  badInput({
    title: "WebGPU that is demanded",
    prepare: (ws) => writeProject(ws, { root: { "data-requires-webgpu": true } }),
    code: "HF_NATIVE_UNSUPPORTED",
    message: /require WebGPU.*\(webgpu\)/,
  });

  badInput({
    title: "a script that blocks loading",
    prepare: (ws) => writeProject(ws, { head: "<script>for (;;);</script>" }),
    env: () => ({ PRODUCER_PAGE_NAVIGATION_TIMEOUT_MS: "1500" }),
    code: "HF_NATIVE_NAVIGATION",
    message: /Navigation timeout of 1500 ms exceeded/,
    withinMs: BUSY_WITHIN_MS,
  });

  badInput({
    title: "a script that blocks the loaded page",
    // Scripts of the body run once the fonts are there.
    prepare: (ws) => writeProject(ws, { after: "<script>for (;;);</script>" }),
    env: () => ({ PRODUCER_PLAYER_READY_TIMEOUT_MS: "1500" }),
    code: "HF_NATIVE_PAGE_NOT_READY",
    message: /not ready after 1500ms.*kept it busy all the time/,
    withinMs: BUSY_WITHIN_MS,
  });

  badInput({
    title: "a script that blocks the page in the middle",
    prepare: (ws) =>
      writeProject(ws, {
        seconds: 2,
        after: `<script>
          (function step(now) {
            if (now > 1000) for (;;);
            requestAnimationFrame(step);
          })(0);
        </script>`,
      }),
    env: () => ({ PRODUCER_PUPPETEER_PROTOCOL_TIMEOUT_MS: "2000" }),
    flags: ["--workers", "1"],
    options: { workers: 1 },
    code: "HF_NATIVE_PROTOCOL_TIMEOUT",
    message: /frame \d+.*timed out/s,
    withinMs: BUSY_WITHIN_MS,
  });
});
