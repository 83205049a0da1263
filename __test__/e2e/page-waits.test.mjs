/** What a page is waited for before its frames are captured, and what nobody waits for. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { writeProject } from "./support/project.mjs";
import { cli, facade } from "./support/run.mjs";
import { pixelOverTime } from "./support/scenes.mjs";
import { assertVideo } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const SIZE = 30;
const RED = [208, 32, 32];
const GREEN = [32, 176, 64];

/** A section at its own place, red, with a name as of a composition. */
const section = (id, place) =>
  `<section id="${id}" class="clip" data-composition-id="${id}" data-start="0" data-duration="0.5"
    style="position: absolute; left: ${place * SIZE}px; top: 0; width: ${SIZE}px; height: ${SIZE}px;
    background: rgb(${RED})"></section>`;

/** Registers a timeline that turns the section green in its first third. */
const REGISTER = `window.register = (id) => {
  const box = document.getElementById(id);
  const seek = (time) => { if (time > 0.15) box.style.background = "rgb(${GREEN})"; };
  let now = 0;
  const timeline = {
    duration: () => 0.5, totalDuration: () => 0.5, pause: () => timeline, play: () => timeline,
    paused: () => true, timeScale: () => 1, time: (t) => t === undefined ? now : timeline.seek(t),
    totalTime: (t) => t === undefined ? now : timeline.seek(t),
    seek: (t) => { now = t; seek(t); return timeline; }, getChildren: () => [], kill() {},
  };
  (window.__timelines ??= {})[id] = timeline;
};`;

/** Ways to register late. */
const LATE = {
  timer: `setTimeout(() => register("timer"), 600);`,
  chain: `setTimeout(async () => {
    await fetch("data.json");
    await new Promise((later) => setTimeout(later, 400));
    (await import("./late.js")).default("chain");
  }, 300);`,
  fetched: `fetch("data.json").then((r) => r.json()).then(() => register("fetched"));`,
  module: `import("./late.js").then((late) => late.default("module"));`,
  interval: `let ticks = 0;
    const interval = setInterval(() => {
      if (++ticks < 20) return;
      clearInterval(interval);
      register("interval");
    }, 40);`,
  script: `const script = document.createElement("script");
    script.src = "more.js";
    script.onload = () => setTimeout(() => register("script"), 700);
    document.head.append(script);`,
  worker: `const code = "const end = Date.now() + 1200; while (Date.now() < end); postMessage(1)";
    const worker = new Worker(URL.createObjectURL(new Blob([code])));
    worker.onmessage = () => register("worker");`,
};

describe("what a page is waited for", { concurrency: 2 }, () => {
  test("timelines that scripts register late are there from the first frame", async (t) => {
    const ws = workspace(t);
    const ids = Object.keys(LATE);
    writeProject(ws, {
      body: ids.map(section).join("\n"),
      after: `<script>${REGISTER}</script>
        ${Object.values(LATE)
          .map((code) => `<script>{ ${code} }</script>`)
          .join("\n")}`,
    });
    writeFileSync(join(ws.project, "data.json"), "{}");
    writeFileSync(join(ws.project, "more.js"), "");
    writeFileSync(
      join(ws.project, "late.js"),
      "await new Promise((later) => setTimeout(later, 350));\nexport default (id) => register(id);",
    );
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file]);
    assertExit(end, 0);
    assertNative(end);
    assert.doesNotMatch(end.text, /sub_timeline/);
    assertVideo(file, { frames: 15 });
    for (const [place, id] of ids.entries()) {
      const colours = pixelOverTime(file, place * SIZE + SIZE / 2, SIZE / 2);
      assertNear(colours[0], RED, `${id} begins`);
      assertNear(colours[14], GREEN, `${id} ends`);
    }
    await assertClean(ws);
  });

  test("nothing is waited for that cannot come", async (t) => {
    const ws = workspace(t);
    writeProject(ws, {
      body: `${section("bare", 0)}
        <img id="below" loading="lazy" src="dot.svg" alt=""
          style="position: absolute; left: 100px; top: 9000px; animation: rise 0.5s step-end both">
        <img loading="lazy" src="dot.svg?hidden" alt="" style="display: none">
        <img alt=""><img src="" alt="">
        <video preload="none"></video>
        <div style="display: none; background-image: url(dot.svg?never)"></div>`,
      style: `@keyframes rise { 50% { top: 0 } 100% { top: 0 } }
        @font-face { font-family: Unused; src: url(unused.woff2); }`,
      after: `<script>
        setInterval(() => {}, 500);
        setTimeout(() => {}, 3600000);
        (function poll() { setTimeout(poll, 100); })();
      </script>`,
    });
    const dot = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}">
      <rect width="${SIZE}" height="${SIZE}" fill="rgb(${GREEN})"/></svg>`;
    writeFileSync(join(ws.project, "dot.svg"), dot);
    const outputPath = join(ws.out, "o.mp4");
    const { result } = await facade(ws, { options: { projectDir: ws.project, outputPath } });
    const [warning, ...more] = result.warnings;
    assert.deepEqual(more, []);
    assert.equal(warning.code, "sub_timeline_readiness_timeout");
    assert.deepEqual(warning.details.sources, ["bare"]);
    assert.ok(warning.details.timeoutMs < 45_000, `waited ${warning.details.timeoutMs} ms`);
    assertNear(pixelOverTime(outputPath, 115, 15).at(-1), GREEN, "the lazy image comes into view");
  });

  test("dialogs are dismissed and named, whenever they open", async (t) => {
    const ws = workspace(t);
    writeFileSync(join(ws.project, "inner.html"), `<script>alert("in a frame")</script>`);
    writeProject(ws, {
      head: `<script>
        addEventListener("beforeunload", (event) => event.preventDefault());
        if (!sessionStorage.again) {
          sessionStorage.again = "yes";
          setTimeout(() => location.reload(), 30);
        }
      </script>`,
      body: `${section("answers", 0)}<iframe src="inner.html" width="10" height="10"></iframe>`,
      after: `<script>${REGISTER} register("answers");
        alert("Loaded ".repeat(100));
        const answers = document.getElementById("answers");
        const wanted = confirm("Really?") === false;
        addEventListener("hf-seek", () => {
          if (prompt("Name?") === null && wanted) answers.style.background = "rgb(${GREEN})";
        });
      </script>`,
    });
    const file = join(ws.out, "o.mp4");
    const end = await cli(ws, ["render", ws.project, "-o", file]);
    assertExit(end, 0);
    assertNative(end);
    for (const said of [
      /alert\("Loaded Loaded [^)]{60,80}" \.\.\.\): it was closed/,
      /alert\("in a frame"\)/,
      /confirm\("Really\?"\): it was answered with false/,
      /prompt\("Name\?"\): it was answered with null/,
    ]) {
      assert.equal(
        end.text.match(new RegExp(`\\[page_dialog\\].*${said.source}`, "g"))?.length,
        1,
        end.text,
      );
    }
    assertNear(pixelOverTime(file, SIZE / 2, SIZE / 2).at(-1), GREEN, "the page goes on");
    await assertClean(ws);
  });
});

function assertNear(colour, wanted, what) {
  const off = Math.max(...colour.map((value, i) => Math.abs(value - wanted[i])));
  assert.ok(off <= 12, `${what}: ${colour}, wanted ${wanted}`);
}
