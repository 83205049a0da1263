/**
 * What CSS draws around a clip is what it draws around an image in its place, and rules and scripts
 * of the page find around it what the author wrote.
 */
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
  "picture larger than its box": "object-fit: cover; overflow: visible",
  "picture cut at its box": "object-fit: cover; overflow: hidden; padding: 3px; background: #0a0",
};

/** Page of `size` with cells of 90x90 from here on, the first ones for `WORN`. */
const ORIGIN = 20;
const PER_ROW = 5;
const SIZE = [480, 480];
const cellAt = (at) => [ORIGIN + (at % PER_ROW) * 90, ORIGIN + Math.floor(at / PER_ROW) * 90];

/**
 * Boxes of 80x80 pixels around a picture: each holds what `around` makes of it, and its rules or its
 * script count its siblings. Rules name the box by `&`.
 */
const STRUCTURES = {
  "next sibling": {
    rules: "& .pic + i { background: #f80; }",
    around: (pic) => `${pic}<i></i>`,
  },
  "a parent that is asked": {
    rules: "&:has(.pic + i) { background: #0c8; } &:has(> :nth-child(3)) { background: #c00; }",
    around: (pic) => `${pic}<i></i>`,
  },
  "places among children": {
    rules: "& :nth-child(2) { background: #08f; } & .pic:last-child { outline: 3px solid #ff0; }",
    around: (pic) => `<i></i>${pic}`,
  },
  "places from the end": {
    rules: "& :nth-last-child(2) { background: #a0f; } & i:last-of-type { height: 30px; }",
    around: (pic) => `<i></i>${pic}<i></i>`,
  },
  "an only child": {
    rules: "& .pic:only-child { border: 4px solid #fff; }",
    around: (pic) => pic,
  },
  "cells of a grid": {
    rules:
      "& { display: grid; grid-template-columns: 30px 30px; } & > * { width: 30px !important; }",
    around: (pic) => `${pic}<i></i><i style="background: #f0f"></i>`,
  },
  "space between": {
    rules:
      "& { display: flex; justify-content: space-between; } & .pic { width: 20px !important; }",
    around: (pic) => `<i></i>${pic}<i style="background: #f0f"></i>`,
  },
  "every child by a script": {
    rules: "",
    around: (pic) => `${pic}<i></i>`,
    script: `for (const child of box.children) child.style.marginLeft = box.children.length * 5 + "px";`,
  },
  "additions that a script sees": {
    rules: "",
    around: (pic) => `${pic}<i></i>`,
    script: `let seen = 0;
      new MutationObserver((all) => {
        seen += all.length;
        box.querySelector("i").style.width = 20 + 10 * seen + "px";
      }).observe(box, { childList: true, subtree: true });`,
  },
  "a side that comes to follow the source's": {
    rules: "& .pic { position: absolute; left: 0; top: 0; }",
    around: (pic) => `${pic}<i></i>`,
    script: `addEventListener("hf-seek", ({ detail: { time } }) => {
        if (time > 0.1) box.querySelector(".pic").style.width = "auto";
      });`,
  },
  "the next element of a script": {
    rules: "",
    around: (pic) => `${pic}<i></i>`,
    script: `addEventListener("hf-seek", () => {
        box.querySelector(".pic").nextElementSibling.style.background = "#0ff";
      });`,
  },
};

/** The boxes with what `show` makes of a clip's id and style, and their rules and scripts. */
function structures(show) {
  const all = Object.values(STRUCTURES).map(({ rules, around, script = "" }, at) => {
    const [left, top] = cellAt(Object.keys(WORN).length + at);
    const pic = show(
      { id: `s${at}`, class: "pic", style: "width: 40px; height: 30px; object-fit: none" },
      at,
    );
    const place = `left: ${left - 5}px; top: ${top - 5}px`;
    return {
      rules: rules.replaceAll("&", `#box${at}`),
      body: `<div class="box" id="box${at}" style="${place}">${around(pic)}</div>`,
      script: `{ const box = document.querySelector("#box${at}"); ${script} }`,
    };
  });
  const joined = (key) => all.map((part) => part[key]).join("\n");
  return { rules: joined("rules"), body: joined("body"), script: joined("script") };
}

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
    const worn = Object.values(WORN).map((style, at) => {
      const [left, top] = cellAt(at);
      const place = `position: absolute; left: ${left}px; top: ${top}px; width: 60px; height: 40px`;
      return show({ id: `e${at}`, style: `${place}; ${style}` }, at);
    });
    const boxes = structures((attributes, at) => show(attributes, worn.length + at));
    const html = compositionPage({
      title: name,
      seconds: SECONDS,
      size: SIZE,
      style: `#root { background: #234; }
        .box { position: absolute; width: 80px; height: 80px; background: #456; }
        .box > i { display: block; width: 20px; height: 20px; background: #888; }
        ${boxes.rules}`,
      body: [...worn, boxes.body].join(""),
      after: `<script>${boxes.script}</script>`,
    });
    writeFileSync(join(ws.project, "index.html"), html);
    const file = join(ws.out, `${name}.mp4`);
    const end = await cli(ws, ["render", ws.project, "-o", file, "--crf", "0"]);
    assertExit(end, 0);
    assertNative(end);
    return file;
  };
  const clips = await render("clips", (attributes, at) =>
    video(attributes.id, "clip.mp4", { ...attributes, controls: "", ...timed(SECONDS, at) }),
  );
  const images = await render("images", ({ style, ...attributes }) =>
    element("img", { ...attributes, src: "still.png", style: `object-fit: contain; ${style}` }),
  );
  [...Object.keys(WORN), ...Object.keys(STRUCTURES)].forEach((name, at) => {
    const [left, top] = cellAt(at);
    const crop = `crop=92:92:${left - 16}:${top - 16}`;
    const graph = `[0:v]${crop}[a];[1:v]${crop}[b];[a][b]psnr=stats_file=-`;
    const args = ["-v", "error", "-i", clips, "-i", images, "-lavfi", graph, "-f", "null", "-"];
    const text = execFileSync("ffmpeg", args, { encoding: "utf8" });
    for (const [, db] of text.matchAll(/psnr_avg:(\S+)/g)) {
      assert.ok(db === "inf" || Number(db) >= ALIKE, `${name}: ${db} dB`);
    }
  });
  await assertClean(ws);
});
