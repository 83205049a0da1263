/** Single frames of a project, from a composition that stays open between calls. */
import { join, relative, resolve } from "node:path";
import { untilAborted } from "../base/deadline.js";
import { defined } from "../base/defined.js";
import { NativeRenderError } from "../base/errors.js";
import { parseFps } from "../base/fps.js";
import type { Fps, RenderConfig } from "../base/types.js";
import { type OpenComposition, openComposition } from "../frames/open-composition.js";
import {
  checkFrameOptions,
  checkProject,
  checkRendererOptions,
  checkTime,
  type FrameOptions,
  type FrameRendererOptions,
} from "../frames/options.js";
import { LONGEST_TIMER_MS, type Request, Sessions, Stretch } from "../frames/sessions.js";
import { packageFolders, resolveUpstream } from "../upstream/resolve.js";
import { loadBinding } from "../wire/binding.js";
import type { SessionFacts, Still } from "../wire/generated.js";
import { toRenderConfig } from "./options.js";
import { createRenderJob } from "./producer.js";

/** One of several frames. */
export interface RenderedFrame {
  /** Number of the frame, from 0. */
  frame: number;
  /** When it begins, seconds. */
  time: number;
  /** The picture file. */
  data: Buffer;
}

/** Frames of projects; see {@link createFrameRenderer}. */
export interface FrameRenderer {
  /**
   * The frame that shows at `seconds`, as a picture file: to the pixel what a render of the project
   * as `png-sequence` has there. The first call compiles the project and opens it in a browser; later
   * ones use the same page until a file of the project changes.
   *
   * @throws NativeRenderError `HF_NATIVE_FRAME_TIME` for a time behind the end, `HF_NATIVE_FRAME_QUEUE`,
   *   `HF_NATIVE_FRAME_TIMEOUT`, or as `renderJob`
   */
  renderFrame(projectDir: string, seconds: number, options?: FrameOptions): Promise<Buffer>;
  /**
   * The frames that begin at or after `from` seconds and before `to`, in order, of the project as it is
   * at the first. Each is made when the one before is taken, with a few ahead.
   *
   * @throws as `renderFrame`
   */
  renderRange(
    projectDir: string,
    from: number,
    to: number,
    options?: FrameOptions,
  ): AsyncGenerator<RenderedFrame, void, undefined>;
  /**
   * The frames that show at `times`, in that order; each is made once, in the order that is fastest.
   * Default: JPEGs of 320 pixels width.
   *
   * @throws as `renderFrame`
   */
  thumbnails(
    projectDir: string,
    times: readonly number[],
    options?: FrameOptions,
  ): Promise<Buffer[]>;
  /** Seconds that the composition lasts. @throws as `renderFrame` */
  duration(projectDir: string, options?: FrameOptions): Promise<number>;
  /** Ends all browsers; frames that are waited for reject with `HF_NATIVE_FRAME_CLOSED`. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** Frames of a range that are made before they are taken. */
const AHEAD = 4;
/** More would not fit into the core's queue. */
const MAX_THUMBNAILS = 200;
const THUMBNAIL_WIDTH = 320;
/** Errors of a request, after which the open composition is as good as before. */
const HARMLESS: readonly string[] = [
  "HF_NATIVE_FRAME_TIME",
  "HF_NATIVE_FRAME_QUEUE",
  "HF_NATIVE_FRAME_FORMAT",
  "HF_NATIVE_INVALID_OPTION",
  "HF_NATIVE_CANCELLED",
];

/**
 * Creates a renderer of single frames with bounds of its own.
 *
 * @throws NativeRenderError `HF_NATIVE_INVALID_OPTION`
 */
export function createFrameRenderer(options: FrameRendererOptions = {}): FrameRenderer {
  checkRendererOptions(options);
  return new Renderer(options);
}

let shared: FrameRenderer | undefined;

function sharedRenderer(): FrameRenderer {
  shared ??= createFrameRenderer();
  return shared;
}

/** {@link FrameRenderer.renderFrame} of the process's own renderer. */
export function renderFrame(
  projectDir: string,
  seconds: number,
  options?: FrameOptions,
): Promise<Buffer> {
  return sharedRenderer().renderFrame(projectDir, seconds, options);
}

/** {@link FrameRenderer.renderRange} of the process's own renderer. */
export function renderRange(
  projectDir: string,
  from: number,
  to: number,
  options?: FrameOptions,
): AsyncGenerator<RenderedFrame, void, undefined> {
  return sharedRenderer().renderRange(projectDir, from, to, options);
}

/** {@link FrameRenderer.thumbnails} of the process's own renderer. */
export function thumbnails(
  projectDir: string,
  times: readonly number[],
  options?: FrameOptions,
): Promise<Buffer[]> {
  return sharedRenderer().thumbnails(projectDir, times, options);
}

/** Ends the browsers of the process's own renderer; the next call opens one again. */
export async function closeFrames(): Promise<void> {
  const closing = shared;
  shared = undefined;
  await closing?.close();
}

class Renderer implements FrameRenderer {
  readonly #sessions: Sessions;

  constructor(options: FrameRendererOptions) {
    const { maxSessions = 2, idleMs = 60_000 } = options;
    this.#sessions = new Sessions({ maxSessions, idleMs });
  }

  async renderFrame(
    projectDir: string,
    seconds: number,
    options: FrameOptions = {},
  ): Promise<Buffer> {
    checkTime("seconds", seconds);
    const { request, still } = this.#prepare(projectDir, options);
    const work = (open: OpenComposition, given: AbortSignal) =>
      open.frame(frameAt(seconds, open.facts), still, given);
    return this.#run(request, options, work);
  }

  async *renderRange(
    projectDir: string,
    from: number,
    to: number,
    options: FrameOptions = {},
  ): AsyncGenerator<RenderedFrame, void, undefined> {
    checkTime("from", from);
    checkTime("to", to);
    if (to < from) {
      const text = `to is ${to}, which is before from (${from}).`;
      throw new NativeRenderError("HF_NATIVE_INVALID_OPTION", text);
    }
    const { request: first, still } = this.#prepare(projectDir, options);
    // One look at the project's files is enough for all of them.
    const request = { ...first, stretch: new Stretch() };
    const facts = await this.#run(request, options, async (open) => open.facts);
    assertWithin(to, facts);
    const begin = firstFrom(from, facts);
    const end = Math.min(firstFrom(to, facts), facts.totalFrames);
    const made: Promise<Buffer>[] = [];
    const left = new AbortController();
    const given = options.signal ? [options.signal, left.signal] : [left.signal];
    const asked = { ...options, signal: AbortSignal.any(given) };
    try {
      for (let frame = begin; frame < end; frame += 1) {
        while (made.length < AHEAD && frame + made.length < end) {
          const number = frame + made.length;
          const next = this.#run(request, asked, (open, given) => open.frame(number, still, given));
          // Reported by the one who takes it.
          next.catch(() => undefined);
          made.push(next);
        }
        const data = (await made.shift()) as Buffer;
        yield { frame, time: (frame * facts.fps.den) / facts.fps.num, data };
      }
    } finally {
      // Who leaves wants none of those that are under way.
      left.abort(new Error("no more frames are taken"));
    }
  }

  async thumbnails(
    projectDir: string,
    times: readonly number[],
    options: FrameOptions = {},
  ): Promise<Buffer[]> {
    if (!Array.isArray(times) || times.length > MAX_THUMBNAILS) {
      const text = `times must be a list of at most ${MAX_THUMBNAILS} numbers of seconds.`;
      throw new NativeRenderError("HF_NATIVE_INVALID_OPTION", text);
    }
    for (const [at, time] of times.entries()) checkTime(`times[${at}]`, time);
    const format = options.format ?? (options.transparent ? "webp" : "jpeg");
    const small =
      options.width === undefined && options.height === undefined ? { width: THUMBNAIL_WIDTH } : {};
    const { request, still } = this.#prepare(projectDir, { ...options, format, ...small });
    if (times.length === 0) return [];
    return this.#run(request, options, (open, given) => {
      const frames = times.map((time) => frameAt(time, open.facts));
      return Promise.all(frames.map((frame) => open.frame(frame, still, given)));
    });
  }

  async duration(projectDir: string, options: FrameOptions = {}): Promise<number> {
    const { request } = this.#prepare(projectDir, options);
    return this.#run(request, options, async (open) => open.facts.durationSeconds);
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }

  #prepare(projectDir: string, options: FrameOptions): { request: Request; still: Still } {
    checkFrameOptions(options);
    const root = checkProject(projectDir, options.entryFile);
    const { fps, entryFile, variables, outputResolution, engineConfig, producer } = options;
    const { outputResolutionAspectAgnostic: turned, logger } = options;
    const rate = parseFps(fps ?? 30) as Fps;
    const key = JSON.stringify([
      root,
      rate,
      relative(root, join(root, entryFile ?? "index.html")),
      variables,
      outputResolution,
      turned,
      engineConfig,
      producer && [producer.package, producer.version],
    ]);
    const open = async (signal: AbortSignal) => {
      const upstream = producer ?? (await resolveUpstream(packageFolders(root, {})));
      const wanted = defined({
        entryFile,
        variables,
        outputResolution,
        outputResolutionAspectAgnostic: turned,
        engineConfig,
      });
      const config: RenderConfig = toRenderConfig(
        // The one format that keeps a frame as it is.
        {
          ...wanted,
          projectDir: root,
          outputPath: "",
          fps: rate,
          format: "png-sequence",
          workers: 1,
        },
        upstream.namespace.resolveConfig,
      );
      const binding = loadBinding();
      const job = createRenderJob(config);
      return openComposition({ upstream, projectDir: root, job, binding, logger, signal });
    };
    const { format = "png", quality, transparent, width, height } = options;
    const still: Still = { format, ...defined({ quality, transparent, width, height }) };
    return { request: { projectDir: resolve(root), key, open }, still };
  }

  /** Runs `work` within the time and until the signal that the caller gives. */
  async #run<T>(
    request: Request,
    options: FrameOptions,
    work: (open: OpenComposition, given: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { timeoutMs = TIMEOUT_MS, signal } = options;
    const timeout = AbortSignal.timeout(Math.min(Math.ceil(timeoutMs), LONGEST_TIMER_MS));
    const given = signal ? AbortSignal.any([signal, timeout]) : timeout;
    const within = <V>(promise: Promise<V>) => orGivenUp(promise, given, timeout, timeoutMs);
    const inTime = (open: OpenComposition) => within(work(open, given));
    const running = this.#sessions.with(request, inTime, isFatal, given);
    return within(running);
  }
}

async function orGivenUp<T>(
  promise: Promise<T>,
  given: AbortSignal,
  timeout: AbortSignal,
  ms: number,
): Promise<T> {
  let isGivenUp = false;
  const value = await untilAborted(promise, given, () => {
    isGivenUp = true;
  });
  if (!isGivenUp) return value as T;
  if (!timeout.aborted) {
    throw new NativeRenderError("HF_NATIVE_CANCELLED", "The frame is not waited for any longer.");
  }
  throw new NativeRenderError(
    "HF_NATIVE_FRAME_TIMEOUT",
    `The frame was not there within ${ms} ms. Raise timeoutMs, or see whether the page has a script ` +
      "that runs without a pause, or renders of this process have the memory it needs.",
    { stage: "capture", retryable: true },
  );
}

function isFatal(error: unknown): boolean {
  return !(error instanceof NativeRenderError && HARMLESS.includes(error.code));
}

/** Times are compared in whole microseconds. */
const SLACK = 1e-6;

function frameAt(seconds: number, facts: SessionFacts): number {
  assertWithin(seconds, facts);
  const { fps, totalFrames } = facts;
  const frame = Math.floor(((seconds + SLACK) * fps.num) / fps.den);
  return Math.min(frame, totalFrames - 1);
}

function firstFrom(seconds: number, { fps }: SessionFacts): number {
  return Math.max(0, Math.ceil(((seconds - SLACK) * fps.num) / fps.den));
}

function assertWithin(seconds: number, { durationSeconds }: SessionFacts): void {
  if (seconds <= durationSeconds + SLACK) return;
  throw new NativeRenderError(
    "HF_NATIVE_FRAME_TIME",
    `There is no frame at ${seconds} s: the composition lasts ${durationSeconds} s.`,
  );
}
