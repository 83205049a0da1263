/**
 * The trace of a render, as HyperFrames writes it: log lines `[Render:trace]`, which the CLI turns into
 * telemetry, and their summary (docs/upstream.md#trace).
 */
import { createHash } from "node:crypto";
import type { Logger } from "../base/types.js";

const LINE = "[Render:trace]";
/** Events that the summary keeps. */
const MOST_EVENTS = 160;

type Data = Record<string, unknown>;
type Status = "start" | "end" | "checkpoint" | "error";

/** A phase that has begun, and when (as `Date.now()` gives it). */
interface Begun {
  at: number;
  data: Data;
}

/** One event of a trace. Times in milliseconds since the render began. */
export interface TraceEvent {
  phase: string;
  status: Status;
  elapsedMs: number;
  durationMs?: number;
  message?: string;
  data?: Data;
  renderJobId: string;
}

/** Records what a render does. */
export class RenderTrace {
  readonly #events: TraceEvent[] = [];
  readonly #open = new Map<string, Begun>();
  readonly #once = new Set<string>();
  #count = 0;
  #failedPhase: string | undefined;

  constructor(
    private readonly jobId: string,
    private readonly startedAt: number,
    private readonly logger: Logger | undefined,
  ) {}

  /** Something is known now. */
  checkpoint(phase: string, message: string, data: Data = {}): void {
    this.#note({ phase, status: "checkpoint", message, data });
  }

  /** A phase begins; nothing if it already has. */
  start(phase: string, data: Data = {}): void {
    if (this.#open.has(phase)) return;
    this.#open.set(phase, { at: Date.now(), data });
    this.#note({ phase, status: "start", data });
  }

  /** A phase ends, if it had begun; `data` replaces what it began with. */
  end(phase: string, data: Data = {}): void {
    const begun = this.#open.get(phase);
    if (!begun) return;
    this.#open.delete(phase);
    const durationMs = Date.now() - begun.at;
    this.#note({ phase, status: "end", durationMs, data: { ...begun.data, ...data } });
  }

  /** A phase that ended now and took so long. */
  passed(phase: string, durationMs: number, data: Data = {}): void {
    this.#note({ phase, status: "start", data });
    this.#note({ phase, status: "end", durationMs, data });
  }

  /** A checkpoint of a phase that has only one. */
  once(phase: string, message: string, data: Data = {}): void {
    if (this.#once.has(phase)) return;
    this.#once.add(phase);
    this.checkpoint(phase, message, data);
  }

  /** The render fails in the phase that began last, or in `stage`, which began at `without.at`. */
  fail(stage: string, message: string, without?: Begun): void {
    const [phase = stage, begun = without] = [...this.#open].at(-1) ?? [];
    this.#failedPhase = phase;
    const durationMs = begun ? Date.now() - begun.at : 0;
    this.#note({ phase, status: "error", durationMs, message, data: begun?.data ?? {} });
  }

  /** What the events add up to. */
  summary() {
    return {
      renderJobId: this.jobId,
      events: [...this.#events],
      eventCount: this.#count,
      lastEvent: this.#events.at(-1),
      ...(this.#failedPhase === undefined ? {} : { failedPhase: this.#failedPhase }),
    };
  }

  #note(event: Omit<TraceEvent, "elapsedMs" | "renderJobId">): void {
    const { data = {}, phase, status, ...rest } = event;
    const elapsedMs = Date.now() - this.startedAt;
    const { jobId: renderJobId } = this;
    const hasData = Object.keys(data).length > 0;
    this.#count += 1;
    this.#events.push({
      phase,
      status,
      elapsedMs,
      ...rest,
      ...(hasData ? { data } : {}),
      renderJobId,
    });
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
    this.logger?.info(LINE, { renderJobId, phase, status, elapsedMs, ...rest, ...data });
  }
}

/** The name by which telemetry knows a composition: nothing of its content can be read from it. */
export function compositionHash(html: string): string {
  return createHash("sha256").update(html, "utf8").digest("hex").slice(0, 16);
}

/** Counts of a page's console lines by kind. */
export function browserDiagnostics(lines: readonly string[]) {
  const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  return {
    total: lines.length,
    errors: 0,
    pageErrors: count(/\[Browser:PAGEERROR\]/),
    requestFailed: count(/\[Browser:REQUESTFAILED\](?!.*status of \d{3})/),
    httpErrors: count(/\[Browser:REQUESTFAILED\].*status of \d{3}/),
    navigationStarts: 0,
    navigationFailures: 0,
    consoleErrors: count(/\[Browser:ERROR\]/),
    consoleWarnings: count(/\[Browser:WARN\]/),
  };
}
