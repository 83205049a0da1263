/** The stages of a render, and how one sees from outside that a render is in one. */
import { gatedTool } from "../e2e/support/fake-tool.mjs";
import { browsersOf, decodersOf, encoding, pagesOf, until } from "../e2e/support/processes.mjs";

/** Bytes of a second of frames that were captured: 30 of 320x180 in YUV 4:2:0. */
const A_SECOND = 30 * 320 * 180 * 1.5;
/** Until a render is in a stage; the machine may be busy. */
export const STAGE_MS = 60_000;

/**
 * @typedef {object} Stage
 * @property {string} page that renders if the cell names none
 * @property {(ctx: import("./cell.mjs").Context) => void} [arrange] before the render starts
 * @property {(ctx: import("./cell.mjs").Context) => Promise<unknown>} reached resolves when it is there
 * @property {string} seen how that is known, for the document
 */

/** Lets a stage be entered and not be left before the fault is there. */
const gate = (tool, use, when) => (ctx) => {
  ctx.gate = gatedTool(ctx.ws, tool, use, when);
  ctx.env[`HYPERFRAMES_${tool.toUpperCase()}_PATH`] = ctx.gate.path;
};
const atGate = (ctx) => until(() => ctx.gate.reached(), "tool at its gate", STAGE_MS);

/** @type {Record<string, Stage>} */
export const STAGES = {
  compile: {
    page: "box",
    reached: ({ running }) => running.printed(/Compiling composition/, STAGE_MS),
    seen: "the progress message",
  },
  "compile with media": {
    page: "clips",
    arrange: gate("ffprobe", "*clip-*", "before"),
    reached: atGate,
    seen: "HyperFrames' own stage has started an ffprobe, which waits",
  },
  launch: {
    page: "box",
    reached: ({ ws }) => until(() => browsersOf(ws.dir)[0], "browser", STAGE_MS),
    seen: "a browser's process is there",
  },
  ready: {
    page: "slow",
    reached: async ({ ws, running }) => {
      await running.printed(/Starting frame capture/, STAGE_MS);
      await until(() => pagesOf(ws.dir)[0], "page", STAGE_MS);
    },
    seen: "a page that takes a while to get ready loads",
  },
  probe: {
    page: "clips",
    // Only the addon limits the protocols that ffprobe may use.
    arrange: gate("ffprobe", "*-show_format?-show_streams?-protocol_whitelist*clip-*", "before"),
    reached: atGate,
    seen: "the addon has started an ffprobe for a clip, which waits",
  },
  decode: {
    page: "clips",
    reached: async (ctx) => {
      await encoding(ctx.ws.dir, A_SECOND, STAGE_MS);
      await until(() => decodersOf(ctx.ws)[0], "decoder");
    },
    seen: "a decoder works, and a second of frames is encoded",
  },
  capture: {
    page: "box",
    reached: ({ ws }) => encoding(ws.dir, A_SECOND, STAGE_MS),
    seen: "the encoder has read a second of frames",
  },
  blend: {
    page: "scenes",
    reached: ({ ws }) => encoding(ws.dir, A_SECOND, STAGE_MS),
    seen: "the same, of a page within a transition",
  },
  encode: {
    page: "box",
    reached: ({ ws }) => encoding(ws.dir, 2 * A_SECOND, STAGE_MS),
    seen: "the encoder has read two seconds of frames",
  },
  mux: {
    page: "sound",
    arrange: gate("ffmpeg", "*-c:v?copy*faststart*", "before"),
    reached: atGate,
    seen: "an ffmpeg that waits was started to put picture and sound together",
  },
  publish: {
    page: "sound",
    arrange: gate("ffmpeg", "*-c:v?copy*faststart*", "after"),
    reached: atGate,
    seen: "that ffmpeg has written the file and waits before it ends",
  },
};
