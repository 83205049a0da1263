/** Conditions under which frames read from the compositor's surface could be wrong. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { apart, decode } from "./support/alpha.mjs";
import { assertClean, assertExit, assertNative, nativeSummary } from "./support/expect.mjs";
import { script } from "./support/fake-tool.mjs";
import { encoding, gpuProcessesOf } from "./support/processes.mjs";
import { page, writeProject } from "./support/project.mjs";
import { cli, startCli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

/** Every frame is compared with Chrome's own picture of it while it is captured. */
const CHECK_ALL = { HF_NATIVE_CHECK_ONE_IN: "1" };
/** None is but the first and the last: a checked frame, and the one after it, count as changed. */
const CHECK_NONE = { HF_NATIVE_CHECK_ONE_IN: `${2 ** 53}` };
/** Kept without loss, so that one wrong bit of one frame shows. */
const LOSSLESS = ["--crf", "0"];

/** Hashes of a video's decoded frames. */
function frames(file) {
  const text = execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "framemd5", "-"], {
    encoding: "utf8",
  });
  return text
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1).trim());
}

/** Renders `html` and gives the frames and what the engine says it did. */
async function rendered(ws, html, { name = "o.mp4", flags = LOSSLESS, env = CHECK_ALL } = {}) {
  writeFileSync(join(ws.project, "index.html"), html);
  const file = join(ws.out, name);
  const end = await cli(ws, ["render", ws.project, "-o", file, "--debug", ...flags], { env });
  assertExit(end, 0);
  assertNative(end);
  return { file, end, ...report(end) };
}

/** What `--debug` prints of the finished render. */
function report(end) {
  const text = `${end.stdout}\n${end.stderr}`;
  const warnings = text.split("\n").filter((line) => line.includes("[WARN] [Native]"));
  return { native: nativeSummary(end), warnings };
}

/** A page of another size, with the moving box in it. */
function sized(width, height, seconds = 0.2) {
  const style = "#box { top: 2px; width: 6px; height: 6px; }";
  return page({ seconds, size: [width, height], style });
}

for (const [width, height, lane] of [
  [16, 16, "surface"],
  [17, 31, "surface"],
  [101, 99, "surface"],
  [1080, 1920, "surface"],
  [12, 400, "reference"],
]) {
  test(`size ${width}x${height}: the ${lane} lane, frame for frame as photographed`, async (t) => {
    const ws = workspace(t);
    const html = sized(width, height);
    const read = await rendered(ws, html);
    assert.equal(read.native.lane, lane, read.warnings.join("\n"));
    assert.equal(read.warnings.length, lane === "surface" ? 0 : 1, read.warnings.join("\n"));
    const [{ notes, workers, encoder }, ...others] = read.native.attempts;
    assert.deepEqual([notes.length, others], [read.warnings.length, []]);
    assert.ok(workers >= 1 && encoder.includes("libx264"), encoder.join(" "));
    if (lane !== "surface") return assert.match(read.warnings[0], /no surface lane: the page is/);
    const env = { HF_NATIVE_LANE: "lossless" };
    const photographed = await rendered(ws, html, { name: "p.mp4", env });
    assert.deepEqual(frames(read.file), frames(photographed.file));
  });
}

test("8K: right frames, or another lane with a line that says why", async (t) => {
  const ws = workspace(t);
  const { file, native, warnings } = await rendered(ws, sized(7680, 4320, 0.1), {
    flags: ["-q", "draft"],
  });
  assert.equal(frames(file).length, 3);
  assert.ok(native.lane === "surface" || warnings.length > 0, `${native.lane} without a word`);
});

test("scaled two and three times: checked on every frame, no difference", async (t) => {
  const ws = workspace(t);
  // 1280x720 doubled by way of a 640x360 page is 1080p tripled.
  for (const [css, preset, size] of [
    [[960, 540], "1080p", "1920x1080"],
    [[640, 360], "1080p", "1920x1080"],
  ]) {
    const { file, native, warnings } = await rendered(ws, sized(...css), {
      flags: [...LOSSLESS, "--resolution", preset],
    });
    assert.equal(native.lane, "surface", warnings.join("\n"));
    assert.deepEqual(warnings, []);
    assert.ok(native.checkedFrames >= 5, `${native.checkedFrames} frames were checked`);
    const args = ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0:s=x"];
    assert.equal(execFileSync("ffprobe", [...args, file], { encoding: "utf8" }).trim(), size);
  }
});

for (const [name, parts, reused] of [
  [
    "that resizes itself",
    {
      after: `<script>
        const grow = document.body.appendChild(document.createElement("div"));
        setInterval(() => {
          const wide = grow.style.width !== "4000px";
          grow.style.cssText = wide ? "width:4000px;height:4000px" : "width:10px;height:10px";
        }, 40);
      </script>`,
    },
  ],
  ["that never changes", { head: "<style>#box { animation: none; }</style>", body: "Still" }, 9],
]) {
  test(`a page ${name}: every frame as photographed`, async (t) => {
    const ws = workspace(t);
    const html = page({ seconds: 0.5, ...parts });
    const read = await rendered(ws, html, reused && { env: CHECK_NONE });
    assert.equal(read.native.lane, "surface", read.warnings.join("\n"));
    if (reused) assert.ok(read.native.reusedFrames >= reused, `${read.native.reusedFrames} reused`);
    const env = { HF_NATIVE_LANE: "lossless" };
    const photographed = await rendered(ws, html, { name: "p.mp4", env });
    assert.deepEqual(frames(read.file), frames(photographed.file));
  });
}

test("the caret of a focused field: in every frame, as photographed", async (t) => {
  const ws = workspace(t);
  // A caret blinks every half second.
  const html = page({
    seconds: 5,
    style: "#box { animation: none; }",
    body: '<input autofocus value="caret" style="caret-color:red">',
  });
  const read = await rendered(ws, html);
  assert.equal(read.native.lane, "surface", read.warnings.join("\n"));
  const env = { HF_NATIVE_LANE: "lossless" };
  const photographed = await rendered(ws, html, { name: "p.mp4", env });
  const shown = new Set([...frames(read.file), ...frames(photographed.file)]);
  assert.equal(shown.size, 1);
});

test("blend modes on a transparent page: as photographed", async (t) => {
  const ws = workspace(t);
  const html = page({
    seconds: 0.2,
    head: `<style>#root { background: none; }
      .ink { position: absolute; left: 40px; top: 40px; width: 200px; height: 90px;
        background: rgb(70 170 255 / 60%); mix-blend-mode: multiply; }</style>`,
    body: '<div class="ink"></div>',
  });
  const flags = ["--format", "png-sequence"];
  const read = await rendered(ws, html, { name: "a", flags });
  const env = { HF_NATIVE_LANE: "reference" };
  const reference = await rendered(ws, html, { name: "b", flags, env });
  for (const file of ["frame_000001.png", "frame_000006.png"]) {
    const [a, b] = [read, reference].map((render) => decode(join(render.file, file)));
    const { alpha, color } = apart(a, b);
    assert.ok(alpha <= 2 && color < 1.5, `${file}: alpha ${alpha}, colour ${color} apart`);
  }
});

/**
 * A browser whose launch number `nth`, from 1, draws at another scale than it is asked for: its surface is
 * not found. `launched(n)` tells whether it was started so often.
 */
function misscaled(ws, nth) {
  const real = process.env.HYPERFRAMES_BROWSER_PATH;
  const mark = (n) => join(ws.dir, `launch-${n}`);
  const launches = [1, 2, 3].map((n) => {
    const scale = n === nth ? " --force-device-scale-factor=1.3" : "";
    return `mkdir "${mark(n)}" 2>/dev/null && exec "${real}" "$@"${scale}\n`;
  });
  const lines = `case "$*" in\n*--remote-debugging*)\n${launches.join("")};;\nesac\nexec "${real}" "$@"`;
  return {
    env: { ...CHECK_ALL, PRODUCER_HEADLESS_SHELL_PATH: script(ws, "chrome-headless-shell", lines) },
    launched: (n) => existsSync(mark(n)),
  };
}

test("a surface that is not found at first: looked for in a fresh browser", async (t) => {
  const ws = workspace(t);
  const { env, launched } = misscaled(ws, 1);
  const read = await rendered(ws, sized(160, 90), { env });
  assert.ok(launched(1));
  assert.equal(read.native.lane, "surface", read.warnings.join("\n"));
  assert.deepEqual(read.warnings, []);
});

test("a later browser whose surface is not found: looked for in a fresh browser", async (t) => {
  const ws = workspace(t);
  const { env, launched } = misscaled(ws, 2);
  const html = sized(160, 90, 2);
  const read = await rendered(ws, html, { env, flags: [...LOSSLESS, "--workers", "2"] });
  assert.ok(launched(3), "three browsers were started");
  assert.equal(read.native.lane, "surface", read.warnings.join("\n"));
  assert.deepEqual(read.warnings, []);
  const alone = await rendered(ws, html, { name: "a.mp4", flags: [...LOSSLESS, "--workers", "1"] });
  assert.deepEqual(frames(read.file), frames(alone.file));
});

test("killed: the GPU process, which holds the surface. The render completes", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: 10 });
  const alone = join(ws.out, "alone.mp4");
  const flags = [...LOSSLESS, "--workers", "1"];
  assertExit(await cli(ws, ["render", ws.project, "-o", alone, ...flags]), 0);
  const file = join(ws.out, "o.mp4");
  const running = await startCli(ws, ["render", ws.project, "-o", file, "--debug", ...flags]);
  await encoding(ws.dir);
  const [victim] = gpuProcessesOf(ws.dir);
  assert.ok(victim, "there is one to kill");
  process.kill(victim.pid, "SIGKILL");
  const end = await running.done;
  assertExit(end, 0);
  assert.ok(report(end).warnings.length > 0, "it says so");
  assert.deepEqual(frames(file), frames(alone));
  await assertClean(ws);
});
