/** Showing progress: one line that changes in a terminal, few plain lines or JSON elsewhere. */
import type { ProgressSink, RenderJob } from "../base/types.js";
import { bar, Meter, type News, type View, viewText } from "./view.js";

/** Plain lines: one for so many percent more, or after so long. */
const PLAIN_PERCENT = 10;
const PLAIN_MS = 10_000;
/** And none sooner than that after the one before. */
const PLAIN_LEAST_MS = 1000;
/** A bar takes what the text leaves it. */
const BAR_CELLS = { least: 8, most: 24 };
const DEFAULT_COLUMNS = 80;
const CLEAR_LINE = "\r\u001b[2K";

/** Where progress is shown: a stream of Node, such as `process.stderr`. */
export interface ProgressStream {
  /** Writes text at once. */
  write(text: string): unknown;
  /** Whether it is a terminal. */
  isTTY?: boolean | undefined;
  /** Its width in characters. */
  columns?: number | undefined;
}

/** Options of {@link progressLine}. */
export interface ProgressLineOptions {
  /** One JSON object a line for every report, instead of text. */
  json?: boolean;
  /** Stands before every line. */
  label?: string;
}

/** Parts that tests replace. */
export interface ShownParts {
  now?: () => number;
  env?: NodeJS.ProcessEnv;
}

/** Shows views on a stream. */
export class Shown {
  readonly #now: () => number;
  readonly #mode: "terminal" | "plain" | "json";
  /** Whether a line that will change is on the screen. */
  #isOpen = false;
  #plain: { at: number; percent: number } | undefined;

  constructor(
    private readonly stream: ProgressStream,
    private readonly options: ProgressLineOptions = {},
    { now = () => performance.now(), env = process.env }: ShownParts = {},
  ) {
    this.#now = now;
    const isTerminal = stream.isTTY === true && env.TERM !== "dumb";
    this.#mode = options.json ? "json" : isTerminal ? "terminal" : "plain";
  }

  /** Shows a view behind a label, or leaves it out where it would be one line too many. */
  show(view: View, label = this.options.label): void {
    const before = label ? `${label}  ` : "";
    const text = `${before}${viewText(view)}`;
    if (this.#mode === "json") this.#write(JSON.stringify(view));
    else if (this.#mode === "terminal") {
      this.#rewrite(view.percent, text);
    } else if (this.#isDue(view)) this.#write(text);
  }

  /** Whether a plain line is worth writing now. */
  #isDue({ percent }: View): boolean {
    const at = this.#now();
    const before = this.#plain;
    const passed = at - (before?.at ?? at);
    const hasGrown = percent - (before?.percent ?? 0) >= PLAIN_PERCENT && passed >= PLAIN_LEAST_MS;
    const isDue = !before || passed >= PLAIN_MS || hasGrown;
    if (isDue) this.#plain = { at, percent };
    return isDue;
  }

  /** Puts a last line in the place of the one that changes; without it that is only removed. */
  end(text?: string): void {
    if (this.#isOpen) this.stream.write(CLEAR_LINE);
    this.#isOpen = false;
    this.#plain = undefined;
    if (text !== undefined && this.#mode !== "json") {
      this.#write(this.options.label ? `${this.options.label}  ${text}` : text);
    }
  }

  #write(line: string): void {
    this.stream.write(`${line}\n`);
  }

  /** A line that does not fit would be broken, and could not be written over. */
  #rewrite(percent: number, text: string): void {
    // Some terminals do not know their width: 0.
    const width = (this.stream.columns || DEFAULT_COLUMNS) - 1;
    const cells = Math.max(BAR_CELLS.least, Math.min(BAR_CELLS.most, width - text.length - 1));
    const line = `${bar(percent, cells)} ${text}`;
    this.stream.write(`${CLEAR_LINE}${[...line].slice(0, width).join("")}`);
    this.#isOpen = true;
  }
}

/**
 * A progress callback that shows a render as one line: in a terminal a bar with percent, frames,
 * frames per second and the time that is left; elsewhere a plain line every ten percent or ten seconds.
 *
 * @example
 * await renderJob({ projectDir, outputPath, onProgress: progressLine() });
 *
 * @param stream default `process.stderr`
 */
export function progressLine(
  stream: ProgressStream = process.stderr,
  options: ProgressLineOptions = {},
): ProgressSink {
  return progressLineWith(stream, options);
}

/** {@link progressLine} with another clock, for tests. */
export function progressLineWith(
  stream: ProgressStream,
  options: ProgressLineOptions,
  parts: ShownParts = {},
): ProgressSink {
  const now = parts.now ?? (() => performance.now());
  const shown = new Shown(stream, options, parts);
  let current: { id: string; meter: Meter; since: number } | undefined;
  return (job, message) => {
    if (current?.id !== job.id) current = { id: job.id, meter: new Meter(), since: now() };
    const { meter, since } = current;
    const view = meter.update(newsOf(job, message), now());
    if (!isEnd(job)) {
      shown.show(view);
      return;
    }
    if (options.json) shown.show({ ...view, ...framesOf(job) });
    shown.end(endText(job, (now() - since) / 1000));
    current = undefined;
  };
}

function newsOf(job: RenderJob, message: string): News {
  const { code, done, total } = job.stageProgress ?? {};
  return { percent: job.progress, stage: message, code, done, total };
}

function isEnd({ status }: RenderJob): boolean {
  return status === "complete" || status === "failed" || status === "cancelled";
}

function framesOf({ framesRendered, totalFrames }: RenderJob): Partial<View> {
  return {
    ...(framesRendered === undefined ? {} : { framesRendered }),
    ...(totalFrames === undefined ? {} : { totalFrames }),
  };
}

function endText(job: RenderJob, seconds: number): string {
  if (job.status !== "complete") return job.currentStage;
  const { totalFrames = 0 } = job;
  const rate =
    seconds > 0 && totalFrames > 0 ? `, ${(totalFrames / seconds).toFixed(1)} frames/s` : "";
  return `100 %  ${totalFrames} frames in ${seconds.toFixed(1)} s${rate}`;
}
