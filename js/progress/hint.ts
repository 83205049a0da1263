/** The one thing that would make a render faster, chosen by the seconds that it could save. */
import { spanText } from "./eta.js";

/** Figures of a finished render, in seconds and milliseconds a frame. */
export interface HintFigures {
  totalSeconds: number;
  /** Until the first frame is captured, compiling included. */
  startSeconds: number;
  /** From the first frame to the last. */
  framesSeconds: number;
  frames: number;
  /** Milliseconds a frame and worker; `encodeWait` is that of the encoder's input. */
  perFrame: { seek: number; capture: number; convert: number; encodeWait: number };
  lane: string;
  mode: string;
  /** Waited for other renders of the process. */
  waitedSeconds: number;
  workers: number;
  /** What limits them: `cpu`, `memory` and others. */
  boundBy: string;
  cpuWorkers: number;
  /** x264's preset, where that encodes. */
  preset?: string | undefined;
  usesGpu: boolean;
  width: number;
  height: number;
}

/** A hint. */
export interface RenderHint {
  /** The same in every version: programs may look for it. */
  code: string;
  text: string;
}

interface Candidate extends RenderHint {
  /** About what it could save. */
  seconds: number;
}

/** What saves less than this part of the whole is not worth a line. */
const WORTH = 0.12;
/** Of what drawing takes, lighter effects or a smaller output save about so much. */
const LIGHTER = 0.4;
/** Of waiting for the encoder, a faster one saves about so much. */
const FASTER_ENCODER = 0.6;
/** An encoder that is busy for less than this part of the time holds nobody up, from that on everybody. */
const IDLE_ENCODER = 0.5;
const BUSY_ENCODER = 0.9;
/** Frames that are photographed take about twice as long. */
const PHOTOGRAPHED = 0.5;

/** @returns the hint that would help most; undefined when nothing stands out */
export function chooseHint(figures: HintFigures): RenderHint | undefined {
  const all = [
    waiting(figures),
    start(figures),
    photographs(figures),
    encoder(figures),
    drawing(figures),
    script(figures),
    fewWorkers(figures),
  ];
  const best = all.flatMap((one) => one ?? []).sort((a, b) => b.seconds - a.seconds)[0];
  if (!best || best.seconds < figures.totalSeconds * WORTH) return undefined;
  return { code: best.code, text: best.text };
}

function waiting({ waitedSeconds: seconds }: HintFigures): Candidate {
  return {
    code: "other_renders",
    seconds,
    text: `It waited ${spanText(seconds)} for other renders of this process: they hold the memory or the cores. Run fewer at a time.`,
  };
}

function start({ startSeconds, totalSeconds }: HintFigures): Candidate | undefined {
  if (startSeconds < totalSeconds / 2) return undefined;
  return {
    code: "start",
    seconds: startSeconds,
    text: "Most of the time is the start, before the first frame. Render several films in one process: `render --batch`, the server, or `renderJob` called again.",
  };
}

function photographs({ lane, mode, framesSeconds }: HintFigures): Candidate | undefined {
  if (lane === "surface") return undefined;
  const why =
    mode === "beginframe"
      ? "Chrome's memory could not be read, or its pictures were not the same"
      : "Chrome could not be driven frame by frame";
  return {
    code: "photographed",
    seconds: framesSeconds * PHOTOGRAPHED,
    text: `Frames were photographed (the ${lane} lane): ${why}. \`hyperframes-native doctor\` says what is missing.`,
  };
}

/**
 * The part of the frames' time in which everything waits for the encoder. It takes frames while others are
 * drawn: what it takes of a frame's time holds nobody up before it is most of it.
 */
function encoderPart({ framesSeconds, frames, perFrame }: HintFigures): number {
  const wall = (framesSeconds * 1000) / Math.max(1, frames);
  const busy = perFrame.encodeWait / Math.max(wall, 0.001);
  return Math.min(1, Math.max(0, (busy - IDLE_ENCODER) / (BUSY_ENCODER - IDLE_ENCODER)));
}

function encoder(figures: HintFigures): Candidate {
  const { perFrame, framesSeconds, preset, usesGpu } = figures;
  const isDraft = preset === "ultrafast";
  const faster = [
    ...(isDraft ? [] : ["`--quality draft` while you work on the film"]),
    ...(usesGpu ? [] : ["`--gpu` where a GPU encodes (`hyperframes-native doctor`)"]),
    "more cores",
  ];
  return {
    code: "encoder",
    seconds: encoderPart(figures) * framesSeconds * (isDraft ? FASTER_ENCODER / 2 : FASTER_ENCODER),
    text: `The encoder is the slowest: a frame waits ${perFrame.encodeWait.toFixed(1)} ms for it. What helps: ${faster.join(", or ")}.`,
  };
}

/** What one part of a worker's time is of all of it, without what waits for the encoder. */
function workerPart(figures: HintFigures, field: "seek" | "capture" | "convert"): number {
  const { seek, capture, convert } = figures.perFrame;
  const all = seek + capture + convert;
  return all > 0 ? (figures.perFrame[field] / all) * (1 - encoderPart(figures)) : 0;
}

function drawing(figures: HintFigures): Candidate {
  const { perFrame, framesSeconds, width, height } = figures;
  return {
    code: "drawing",
    seconds: workerPart(figures, "capture") * framesSeconds * LIGHTER,
    text: `Chrome draws each frame for ${perFrame.capture.toFixed(1)} ms at ${width}x${height}. Lighter effects help (large blurs, shadows, filters, many layers), a smaller output, or more cores; \`--quality draft\` does not.`,
  };
}

function script(figures: HintFigures): Candidate {
  const { perFrame, framesSeconds } = figures;
  return {
    code: "script",
    // Scripts can be made much faster than drawing.
    seconds: workerPart(figures, "seek") * framesSeconds * 0.7,
    text: `The page's own scripts take ${perFrame.seek.toFixed(1)} ms between two frames. Fewer elements in motion help, and timelines in place of layout in callbacks.`,
  };
}

function fewWorkers(figures: HintFigures): Candidate | undefined {
  const { workers, boundBy, cpuWorkers, framesSeconds } = figures;
  if (cpuWorkers <= workers) return undefined;
  // What the encoder takes is not shared by more workers.
  const seconds = framesSeconds * (1 - workers / cpuWorkers) * (1 - encoderPart(figures));
  if (boundBy === "memory") {
    return {
      code: "memory",
      seconds,
      text: `Memory allows ${workers} of ${cpuWorkers} browsers at a time. Give the machine or the container more of it.`,
    };
  }
  if (boundBy === "explicit" || boundBy === "max_workers") {
    return {
      code: "workers",
      seconds,
      text: `Only ${workers} of ${cpuWorkers} browsers were allowed (\`--workers\` or a setting). Without that, one for each core may join.`,
    };
  }
  return undefined;
}
