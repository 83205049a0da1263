/** What CSS draws around a clip is what it draws around an image in its place. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { compositionPage, element, timed, video } from "./support/html.mjs";
import { cli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const SECONDS = 0.2;
/** The pictures of a clip lose colour on their way through H.264 and YUV; a missing decoration is
 * far below, dB. */
const ALIKE = 38;

/** Styles of elements of 60x40 pixels that show a picture of 160x90. */
const WORN = {
  border: "border: 6px solid #e6c828",
  "border image": "border: 6px solid; border-image: linear-gradient(red, blue) 1",
  background: "background: #f0f0f0; object-fit: contain",
  "background and padding":
    "background: linear-gradient(red, #ff0); padding: 6px; border-radius: 12px",
  "background over the border":
    "background: #e08 content-box; border: 4px dotted #fff; padding: 5px",
  shadows: "box-shadow: 0 0 0 8px #c832c8, 4px 4px 6px 8px #fff; object-fit: contain",
  "inset shadow": "box-shadow: inset 0 0 10px #fff; object-fit: contain; background: #024",
  outline: "outline: 4px solid #28bec8; outline-offset: 2px",
  reflection: "-webkit-box-reflect: below 4px; object-fit: fill",
  "reflection that fades":
    "-webkit-box-reflect: below 2px linear-gradient(transparent, #fff); object-fit: fill",
  filter: "filter: drop-shadow(5px 5px 0 red); background: #fff; object-fit: contain",
  "opacity and mask":
    "background: #fff; opacity: 0.7; mask-image: linear-gradient(90deg, #000, transparent); padding: 4px",
  "clip path and blend":
    "clip-path: circle(45%); mix-blend-mode: screen; background: #00f; padding: 8px",
};

test("decorations", async (t) => {
  const ws = workspace(t);
  const draw = (file, args) => {
    const bars = ["-f", "lavfi", "-i", "smptebars=size=160x90:rate=30:duration=1"];
    execFileSync("ffmpeg", ["-v", "error", "-y", ...bars, ...args, join(ws.project, file)]);
  };
  draw("clip.mp4", ["-pix_fmt", "yuv420p", "-crf", "1"]);
  execFileSync("ffmpeg", [
    ...["-v", "error", "-i", join(ws.project, "clip.mp4"), "-frames:v", "1"],
    join(ws.project, "still.png"),
  ]);
  const render = async (name, show) => {
    const body = Object.values(WORN).map((style, at) => {
      const [left, top] = [20 + (at % 5) * 90, 20 + Math.floor(at / 5) * 90];
      const place = `position: absolute; left: ${left}px; top: ${top}px; width: 60px; height: 40px`;
      return show({ id: `e${at}`, style: `${place}; ${style}` }, at);
    });
    const style = "#root { background: #234; }";
    const html = compositionPage({
      title: name,
      seconds: SECONDS,
      size: [480, 280],
      style,
      body: body.join(""),
    });
    writeFileSync(join(ws.project, "index.html"), html);
    const file = join(ws.out, `${name}.mp4`);
    const end = await cli(ws, ["render", ws.project, "-o", file, "--crf", "0"]);
    assertExit(end, 0);
    assertNative(end);
    return file;
  };
  const worn = await render("clips", ({ id, style }, at) =>
    video(id, "clip.mp4", { style, ...timed(SECONDS, at) }),
  );
  const images = await render("images", ({ id, style }) =>
    element("img", { id, src: "still.png", style: `object-fit: contain; ${style}` }),
  );
  Object.keys(WORN).forEach((name, at) => {
    const [left, top] = [(at % 5) * 90 + 4, Math.floor(at / 5) * 90 + 4];
    const crop = `crop=92:92:${left}:${top}`;
    const graph = `[0:v]${crop}[a];[1:v]${crop}[b];[a][b]psnr=stats_file=-`;
    const args = ["-v", "error", "-i", worn, "-i", images, "-lavfi", graph, "-f", "null", "-"];
    const text = execFileSync("ffmpeg", args, { encoding: "utf8" });
    for (const [, db] of text.matchAll(/psnr_avg:(\S+)/g)) {
      assert.ok(db === "inf" || Number(db) >= ALIKE, `${name}: ${db} dB`);
    }
  });
  await assertClean(ws);
});
