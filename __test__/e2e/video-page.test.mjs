/** Pages whose own rules and scripts could get between a clip and its frames. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { assertExit, assertNative } from "./support/expect.mjs";
import { cli } from "./support/run.mjs";
import { framesShown, numberField, numbersTold, writeClipPage } from "./support/source-frames.mjs";
import { workspace } from "./support/workspace.mjs";

const FRAMES = 15;
const CLIP = { id: "clip", src: "clip.mp4", rect: [10, 20, 300, 150] };
const SPEC = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds: 2 };

/**
 * Renders a page with one clip, kept without loss.
 *
 * @param {import("./support/workspace.mjs").Workspace} ws
 * @param {{ body?: string, script?: string }} page
 * @param {(html: string) => string} [change] of the page's text
 */
async function rendered(ws, page, change = (html) => html) {
  copyFileSync(await clipFile(SPEC), join(ws.project, CLIP.src));
  writeClipPage(ws, { clips: [CLIP], seconds: FRAMES / 30, ...page });
  const index = join(ws.project, "index.html");
  writeFileSync(index, change(readFileSync(index, "utf8")));
  const file = join(ws.out, `${Math.random()}.mp4`);
  const flags = ["--crf", "0", "--workers", "1"];
  const end = await cli(ws, ["render", ws.project, "-o", file, ...flags]);
  assertExit(end, 0);
  assertNative(end);
  return file;
}

const inHead = (markup) => (html) => html.replace("<title>", () => `${markup}<title>`);
const everyFrame = Array.from({ length: FRAMES }, (_, frame) => `1:${frame}`);

function hashes(file) {
  const args = ["-v", "error", "-i", file, "-f", "framemd5", "-"];
  return execFileSync("ffmpeg", args, { encoding: "utf8", timeout: 30_000 });
}

test("rules for every <div> are not about a clip's frames", async (t) => {
  const ws = workspace(t);
  const plain = await rendered(ws, {});
  const rules = `
    #root div, #root > div { padding: 20px; margin: 8px; background: red; border: 3px solid lime }
    #root > div { max-width: 40px; box-shadow: 0 0 9px red; transition: all 1s; float: right }
    #root > * { padding: 7px; margin: 9px; min-width: 400px; max-height: 20px; outline: 4px solid }
  `;
  const styled = await rendered(ws, {}, inHead(`<style>${rules}</style>`));
  assert.deepEqual(framesShown(plain, [CLIP])[0], everyFrame);
  // The last rule is about the <video> as well, which an inline style keeps as it was.
  const kept = 'style="padding: 0; margin: 0; min-width: 0; max-height: none; outline: none; ';
  const both = inHead(`<style>${rules}</style>`);
  const same = await rendered(ws, {}, (html) => both(html).replace('style="', kept));
  assert.equal(hashes(same), hashes(plain));
  assert.notEqual(hashes(styled), hashes(plain));
});

test("a <video> inside a frame of the page is none of the clips", async (t) => {
  const ws = workspace(t);
  const { body, script } = numberField();
  const inner = `<video id="clip" src="clip.mp4" data-start="0" muted></video>`;
  const frame = `<iframe srcdoc='${inner}' style="position: absolute; top: 300px"></iframe>`;
  const count = `
    window.addEventListener("hf-seek", () => {
      const { contentDocument } = document.querySelector("iframe");
      const video = contentDocument.querySelector("video");
      tell(1 + contentDocument.querySelectorAll("[data-hf-native-hidden]").length
        + (video.poster ? 10 : 0));
    });
  `;
  const file = await rendered(ws, { body: body + frame, script: script + count });
  assert.deepEqual(
    numbersTold(file),
    Array.from({ length: FRAMES }, () => 1),
  );
  assert.deepEqual(framesShown(file, [CLIP])[0], everyFrame);
});

test("a page that sets its list of style sheets anew: a clip that is over is gone", async (t) => {
  const ws = workspace(t);
  const script = `window.addEventListener("hf-seek", () => { document.adoptedStyleSheets = []; });`;
  const shown = 5;
  const file = await rendered(ws, { script }, (html) =>
    html.replace(/(<video[^>]*data-duration=")[^"]*/, `$1${shown / 30}`),
  );
  assert.deepEqual(
    framesShown(file, [CLIP])[0],
    everyFrame.map((code, frame) => (frame < shown ? code : null)),
  );
});

test("a content policy does not hold a clip's frames up", async (t) => {
  const ws = workspace(t);
  const policy = "connect-src 'self'; img-src 'self'; media-src 'self'";
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  const turned = (html) => inHead(meta)(html).replace('style="', 'style="rotate: 1deg; ');
  for (const change of [inHead(meta), turned]) {
    assert.deepEqual(framesShown(await rendered(ws, {}, change), [CLIP])[0], everyFrame);
  }
});
