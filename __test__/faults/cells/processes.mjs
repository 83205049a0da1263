/** Cells in which a process of the render is killed or frozen. */
import { compileError, error, FILE } from "../expected.mjs";

const FFMPEG_KILLED = error("ENCODE", /FFmpeg exited with signal 9/);
const DECODER_KILLED = error("VIDEO_DECODE", /decoding \S+ failed: FFmpeg exited with signal 9/);
const DECODER_FROZEN = error("VIDEO_DECODE", /decoding \S+\.mp4 gave no frame for 8000 ms/);
const CLIP_UNKNOWN = error("VIDEO_SOURCE", /clip-\d\.mp4/);

/** @type {import("../cell.mjs").Cell[]} */
const RECOVERED = [
  { stage: "launch", fault: "kill -9 of every browser", beside: true },
  { stage: "ready", fault: "kill -9 of every browser" },
  { stage: "ready", fault: "kill -9 of every renderer", fast: true },
  { stage: "capture", fault: "kill -9 of a browser", beside: true },
  { stage: "capture", fault: "kill -9 of every browser", beside: true },
  { stage: "capture", fault: "kill -9 of a renderer" },
  { stage: "capture", fault: "kill -9 of every renderer", beside: true },
  { stage: "capture", fault: "kill -9 of every GPU process", fast: true },
  { stage: "decode", fault: "kill -9 of every browser" },
  { stage: "decode", fault: "kill -9 of every renderer" },
  { stage: "blend", fault: "kill -9 of every browser", fast: true, beside: true },
  { stage: "blend", fault: "kill -9 of every renderer" },
  { stage: "blend", fault: "kill -9 of every GPU process" },
  { stage: "capture", page: "hdr", fault: "kill -9 of every browser" },

  { stage: "launch", fault: "SIGSTOP of every browser" },
  { stage: "ready", fault: "SIGSTOP of every browser" },
  { stage: "ready", fault: "SIGSTOP of every renderer" },
  { stage: "capture", fault: "SIGSTOP of a browser", beside: true },
  { stage: "capture", fault: "SIGSTOP of every browser" },
  { stage: "capture", fault: "SIGSTOP of a renderer" },
  { stage: "capture", fault: "SIGSTOP of every renderer", fast: true, beside: true },
  { stage: "capture", fault: "SIGSTOP of every GPU process", fast: true },
  { stage: "decode", fault: "SIGSTOP of every browser" },
  { stage: "blend", fault: "SIGSTOP of every browser" },

  { stage: "encode", fault: "kill -9 of the encoder", beside: true },
  { stage: "encode", fault: "SIGSTOP of the encoder", beside: true },
  { stage: "blend", fault: "kill -9 of the encoder" },
  { stage: "blend", fault: "SIGSTOP of the encoder" },
  { stage: "encode", page: "hdr", fault: "SIGSTOP of the encoder" },
].map((cell) => ({ ...cell, expect: [FILE] }));

/** @type {import("../cell.mjs").Cell[]} */
const ENDED = [
  {
    stage: "compile with media",
    fault: "kill -9 of ffprobe",
    expect: [compileError(/ffprobe exit with code 137/)],
  },
  {
    stage: "compile with media",
    fault: "SIGSTOP of ffprobe",
    expect: [error("COMPILE_TIMEOUT", /compil/i)],
  },
  { stage: "probe", fault: "kill -9 of ffprobe", expect: [CLIP_UNKNOWN] },
  { stage: "probe", fault: "SIGSTOP of ffprobe", expect: [CLIP_UNKNOWN] },
  {
    stage: "decode",
    fault: "kill -9 of a decoder",
    expect: [DECODER_KILLED],
    fast: true,
    beside: true,
  },
  {
    stage: "decode",
    fault: "SIGSTOP of a decoder",
    expect: [DECODER_FROZEN],
    fast: true,
    beside: true,
  },
  { stage: "decode", page: "hdr", fault: "kill -9 of a decoder", expect: [DECODER_KILLED] },
  { stage: "decode", page: "hdr", fault: "SIGSTOP of a decoder", expect: [DECODER_FROZEN] },
  { stage: "mux", fault: "kill -9 of ffmpeg", expect: [FFMPEG_KILLED], fast: true, beside: true },
  {
    stage: "mux",
    fault: "SIGSTOP of ffmpeg",
    expect: [error("ENCODE", /FFmpeg did not finish within 8000 ms/)],
    fast: true,
    beside: true,
  },
];

export const PROCESS_CELLS = [...RECOVERED, ...ENDED];
