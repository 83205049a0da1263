/** Runs one render and measures its whole process tree. */
import { causeOf } from "./cause.js";
import { type Command, runChild } from "./child.js";
import { nativeReport } from "./native-report.js";
import { TreeSampler, type TreeUse } from "./tree-sampler.js";

/** The CLI's lines of progress for programs, and what stands before them for people. */
const NEWS = /@hf-progress (\{[^\n]*\})/g;

/** A report of the CLI. */
export interface CliNews {
  /** Since the start of the process. */
  seconds: number;
  code: string;
  percent: number;
  done?: number | undefined;
  total?: number | undefined;
}

/** One measured render. */
export interface Measurement extends TreeUse {
  wallSeconds: number;
  /** From the start of the process until the first captured frame is reported. */
  firstFrameSeconds?: number | undefined;
  /** Frames captured by then. */
  progress: { seconds: number; frames: number }[];
  /** What the native engine says of itself. */
  report?: Record<string, unknown> | undefined;
  /** The end of what it printed. */
  text: string;
}

/** How to measure. */
export interface MeasureOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  onNews?: ((news: CliNews) => void) | undefined;
}

/** A render that did not end in time, or not with success. */
export class RenderFailure extends Error {
  override readonly name = "RenderFailure";
}

/** @throws RenderFailure, whose message says why, in the words of the CLI; the signal's reason */
export async function measureRender(
  command: Command,
  { timeoutMs, signal, onNews }: MeasureOptions,
): Promise<Measurement> {
  let sampler: TreeSampler | undefined;
  const progress: Measurement["progress"] = [];
  const began = performance.now();
  const reader = new NewsReader((json) => {
    const news = newsOf(json, (performance.now() - began) / 1000);
    if (!news) return;
    if (news.code === "capture" && news.done !== undefined) {
      progress.push({ seconds: news.seconds, frames: news.done });
    }
    onNews?.(news);
  });
  let use: TreeUse | undefined;
  const run = async () => {
    try {
      return await runChild(command, {
        timeoutMs,
        signal,
        onStart: (pid) => {
          sampler = new TreeSampler(pid);
        },
        onText: (chunk) => reader.read(chunk),
      });
    } finally {
      use = sampler?.stop();
    }
  };
  const { code, seconds, text, timedOut } = await run();
  if (timedOut) throw new RenderFailure(`no end within ${timeoutMs / 1000} s\n${causeOf(text)}`);
  if (code !== 0) throw new RenderFailure(`it ended with ${code}\n${causeOf(text)}`);
  if (!use) throw new RenderFailure("the process could not be followed");
  const firstFrameSeconds = progress.find(({ frames }) => frames > 0)?.seconds;
  const report = nativeReport(text);
  return { wallSeconds: seconds, firstFrameSeconds, progress, report, text, ...use };
}

/** Finds reports in chunks of text, which may be cut anywhere. */
class NewsReader {
  #rest = "";

  constructor(private readonly found: (json: string) => void) {}

  read(chunk: string): void {
    const text = this.#rest + chunk;
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    for (const [, json = ""] of text.slice(0, end).matchAll(NEWS)) this.found(json);
  }
}

function newsOf(json: string, seconds: number): CliNews | undefined {
  try {
    const { code, pct, done, total } = JSON.parse(json) as Record<string, unknown>;
    const number = (value: unknown) => (typeof value === "number" ? value : undefined);
    return {
      seconds,
      code: String(code),
      percent: number(pct) ?? 0,
      done: number(done),
      total: number(total),
    };
  } catch {
    // A line of a page that only looks like one.
    return undefined;
  }
}
