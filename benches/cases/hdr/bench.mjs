/** A PQ clip with SDR over it: HDR output. */
import { mediaSet } from "../../lib/pages/media.mjs";
import { compositionHtml, FPS } from "../../lib/pages/project.mjs";
import { writeClipProject } from "../../lib/pages/video-page.mjs";

export const description = "a 720p PQ clip under a title and a box that moves";

const SET = "hdr";
const SECONDS = 3;
const SIZE = { width: 1280, height: 720 };

/** @returns {string} HTML */
export function hdrPage() {
  const timed = (track) => `data-start="0" data-duration="${SECONDS}" data-track-index="${track}"`;
  return compositionHtml({
    title: "HDR, bench page",
    seconds: SECONDS,
    ...SIZE,
    // Upstream takes backgrounds away in HDR, which leaves black.
    background: "#000",
    css: `      .clip { position: absolute; }
      #film { left: 0; top: 0; width: 1280px; height: 720px; z-index: 1; }
      #title { left: 64px; top: 540px; z-index: 2; padding: 14px 28px; background: rgba(8, 10, 20, 0.6); font-size: 44px; font-weight: 800; }
      #title small { display: block; font-size: 26px; font-weight: 400; }
      #box { left: 64px; top: 96px; width: 160px; height: 90px; z-index: 3; border-radius: 14px; background: linear-gradient(90deg, #ffd166, #ef476f); }`,
    body: `      <video id="film" class="clip" src="assets/clip-00.mp4" ${timed(0)} muted playsinline></video>
      <div id="title" class="clip" ${timed(1)}>What we measured<small>SDR text over an HDR clip</small></div>
      <div id="box" class="clip" ${timed(2)}></div>`,
    script: `      tl.fromTo("#box", { x: 0 }, { x: 990, duration: ${SECONDS}, ease: "none" }, 0);`,
  });
}

export function cases() {
  return [
    {
      name: String(SECONDS * FPS),
      prepare: (dir) => writeClipProject(dir, SET, hdrPage(), [0]),
      windows: async () =>
        (await mediaSet(SET)).map((file) => ({ file, from: 0, seconds: SECONDS })),
    },
  ];
}
