/** The compositions of the fault matrix: each keeps one stage of a render busy. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { clipFile } from "../../scripts/lib/media-files.mjs";
import { putClip, writePage } from "../e2e/support/hdr.mjs";
import { element, timed, video } from "../e2e/support/html.mjs";
import { writeProject } from "../e2e/support/project.mjs";
import { writeScenes } from "../e2e/support/scenes.mjs";
import { makeSound } from "../e2e/support/sound.mjs";
import { writeClipPage } from "../e2e/support/source-frames.mjs";

const FPS = 30;
const logging = (lines) =>
  `setInterval(() => { for (let i = 0; i < ${lines}; i++) console.log("line", i); }, 0);`;
const DIALOGS = "alert('one'); confirm('two'); prompt('three');";

/**
 * @typedef {object} FaultPage
 * @property {number} frames of the whole composition
 * @property {(ws: import("../e2e/support/workspace.mjs").Workspace) => void | Promise<void>} write
 * @property {string} [like] a page with the same pictures that does nothing wrong
 */

/** A box that moves. */
const moving = (seconds, options) => ({
  frames: seconds * FPS,
  write: (ws) => writeProject(ws, { seconds, ...options }),
});

/** A page that runs `script` once, at its second second of rendering. */
const misbehaving = (script, seconds = 10) => ({
  ...moving(seconds, {
    after: `<script>
      let done = false;
      addEventListener("hf-seek", ({ detail }) => {
        if (done || detail.time < 1) return;
        done = true;
        ${script}
      });
    </script>`,
  }),
  like: "box of ten seconds",
});

/** A page that does something wrong while it loads. */
const loading = (script) => ({
  ...moving(4, { head: `<script>${script}</script>` }),
  like: "box of four seconds",
});

/** @type {Record<string, FaultPage>} */
export const PAGES = {
  box: moving(20),
  "box of ten seconds": moving(10),
  "box of four seconds": moving(4),
  /** Takes a second to get ready, by counting: its clock stands still meanwhile. */
  slow: moving(4, {
    head: "<script>let sum = 0; for (let i = 0; i < 2e8; i++) sum += i & 3;</script>",
  }),
  sound: {
    frames: 2 * FPS,
    write(ws) {
      makeSound(join(ws.project, "tone.wav"), "sine=duration=2");
      writeProject(ws, { seconds: 2, body: element("audio", { src: "tone.wav", ...timed(2) }) });
    },
  },
  clips: {
    frames: 14 * FPS,
    async write(ws) {
      const spec = { file: "clip.mp4", clip: 1, size: "320x180", fps: String(FPS), seconds: 15 };
      const made = await clipFile(spec);
      const clips = [0, 1, 2].map((i) => ({
        id: `c${i}`,
        src: `clip-${i}.mp4`,
        rect: /** @type {[number, number, number, number]} */ ([i * 210, 0, 200, 112]),
        attributes: { "data-media-start": i / FPS },
      }));
      for (const { src } of clips) copyFileSync(made, join(ws.project, src));
      writeClipPage(ws, { clips, seconds: 14 });
    },
  },
  /** In a transition nearly all the time. */
  scenes: {
    frames: 8 * FPS,
    write: (ws) =>
      writeScenes(ws, {
        seconds: 8,
        transitions: [{ time: 0.2, duration: 7.6, shader: "domain-warp" }],
      }),
  },
  hdr: {
    frames: 8 * FPS,
    async write(ws) {
      await putClip(ws, "film.mp4", { curve: "pq", seconds: 8 });
      writePage(ws, {
        seconds: 8,
        style: `#caption { left: 20px; top: 130px; color: #fff; font: 700 24px sans-serif;
          animation: slide 8s linear; }
          @keyframes slide { to { transform: translateX(120px); } }`,
        body: [
          video("film", "film.mp4", {
            style: "inset: 0; width: 320px; height: 180px",
            ...timed(8, 0),
          }),
          element("div", { id: "caption", class: "clip", ...timed(8, 1) }, "SDR over HDR"),
        ].join("\n"),
      });
    },
  },
  "throws at load": loading('throw new Error("boom at load");'),
  throws: misbehaving('throw new Error("boom at a seek");'),
  "loops at load": loading("for (;;);"),
  loops: misbehaving("for (;;);"),
  "loops in a timer": misbehaving("setTimeout(() => { for (;;); }, 0);"),
  allocates: misbehaving(
    "const held = []; for (;;) held.push(new Array(1 << 20).fill(held.length + 0.5));",
  ),
  "makes nodes without end": misbehaving(
    "for (;;) document.body.appendChild(document.createElement('p')).textContent = 'x'.repeat(9999);",
  ),
  "logs for ever": misbehaving(logging(50)),
  "logs more than can be read": misbehaving(logging(5000)),
  "logs for ever at load": loading(logging(50)),
  "navigates away": misbehaving("location.href = 'about:blank';"),
  "reloads itself": misbehaving("location.reload();"),
  "opens dialogs": misbehaving(DIALOGS),
  "opens dialogs at load": loading(DIALOGS),
  "asks before it is left": misbehaving(
    "addEventListener('beforeunload', (event) => { event.preventDefault(); });",
  ),
  "closes itself": misbehaving("window.close();"),
  "opens windows": misbehaving("for (let i = 0; i < 20; i++) window.open('about:blank');"),
};
