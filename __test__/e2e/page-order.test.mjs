/**
 * Frames that are captured in falling and in scattered order show what those of rising order show, in
 * every pixel: a page that goes back is opened again.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { assertExit, assertNative } from "./support/expect.mjs";
import { writeBars } from "./support/moving-bars.mjs";
import { cli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const SECONDS = 2;
const FPS = 6;

const svg = (inside) => `<svg><rect width="20" height="10">${inside}</rect></svg>`;
const late = (id, start) => `<div class="clip" id="clip-${id}" data-start="${start}"
  data-duration="${SECONDS - start}"><div id="${id}" class="bar"></div></div>`;

const BARS = {
  transition: {
    style: "#transition { transition: left 1s linear } #transition.on { left: 200px }",
    script: `become("transition", "on", 0.4)`,
  },
  chained: {
    style: `#chained { transition: left 0.4s linear } #chained.on { left: 100px }
      #chained.then { left: 200px }`,
    script: `become("chained", "on", 0.3);
      $("chained").ontransitionend = () => $("chained").classList.add("then")`,
  },
  cancelled: {
    style: "#cancelled { transition: left 1s } #cancelled.on { left: 200px }",
    script: `become("cancelled", "on", 0.2); tl.set($("cancelled"), { display: "none" }, 0.8);
      tl.set($("cancelled"), { display: "block" }, 1.4)`,
  },
  filled: { style: "#filled { animation: go 1s steps(4) 0.5s both }" },
  turning: { style: "#turning { animation: go 0.4s linear 0.2s 2.5 alternate }" },
  stopped: {
    style: `#stopped.on { animation: go 1s linear forwards }
      #stopped.hold { animation-play-state: paused }`,
    script: `become("stopped", "on", 0.2); become("stopped", "on hold", 0.7);
      become("stopped", "on", 1.2)`,
  },
  pseudo: {
    style: `#pseudo { background: none }
      #pseudo::before { content: ""; position: absolute; width: 20px; height: 10px; background: #f00 }
      #pseudo.on::before { animation: go 1s linear forwards }`,
    script: `become("pseudo", "on", 0.5)`,
  },
  web: {
    script: `tl.call(() => {
      const go = [{ left: "0" }, { left: "200px" }];
      const animation = $("web").animate(go, { duration: 1000, fill: "forwards" });
      animation.playbackRate = 2;
      animation.onfinish = () => {
        $("web").animate(go, { duration: 500, direction: "reverse", fill: "forwards" });
      };
    }, null, 0.3)`,
  },
  counted: {
    script: `let calls = 0;
      tl.call(() => { calls += 1; $("counted").style.left = calls * 50 + "px" }, null, 0.5);
      tl.call(() => { calls += 1; $("counted").style.left = calls * 50 + "px" }, null, 1.2)`,
  },
  timer: {
    script: `tl.call(() => setTimeout(() => $("timer").remove(), 600), null, 0.4)`,
  },
  synced: {
    body: svg(`<animate id="one" attributeName="x" from="0" to="100" dur="0.5s" fill="freeze"/>
      <animate attributeName="x" begin="one.end + 0.5s" from="100" to="200" dur="0.5s"
        fill="freeze"/><set attributeName="fill" to="#0f0" begin="one.end"/>`),
  },
  begun: {
    body: svg(`<animate id="begun" attributeName="x" from="0" to="200" dur="1s" begin="indefinite"
      fill="freeze"/>`),
    script: `tl.call(() => $("begun").beginElement(), null, 0.6)`,
  },
  entering: {
    style: "#entering { animation: go 0.5s linear both }",
    body: late("entering", 1),
  },
};

const env = (order) => ({
  HF_NATIVE_LANE: "lossless",
  ...(order ? { HF_NATIVE_FRAME_ORDER: order } : {}),
});

/** Hashes of the frames of a render. */
async function frames(ws, name, order, workers) {
  const file = join(ws.out, `${name}.mp4`);
  const flags = ["--crf", "0", "--fps", String(FPS), "--workers", String(workers)];
  const end = await cli(ws, ["render", ws.project, "-o", file, ...flags], { env: env(order) });
  assertExit(end, 0);
  assertNative(end);
  const hashes = execFileSync("ffmpeg", ["-v", "error", "-i", file, "-f", "framemd5", "-"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  const lines = hashes.split("\n").filter((line) => line && !line.startsWith("#"));
  return lines.map((line) => line.split(",").at(-1).trim());
}

test("frames in other orders", async (t) => {
  const ws = workspace(t);
  writeBars(ws, BARS, SECONDS);
  const rising = await frames(ws, "rising", undefined, 1);
  assert.equal(rising.length, SECONDS * FPS);
  assert.ok(new Set(rising).size > FPS, "the page moves");
  assert.deepEqual(await frames(ws, "falling", "falling", 1), rising);
  assert.deepEqual(await frames(ws, "scattered", "scattered", 2), rising);
});
