import { settleWithin, untilAborted } from "../base/deadline.js";
import { callAddon, messageOf, type NativeErrorCode, NativeRenderError } from "../base/errors.js";
import type {
  Logger,
  PerfSummary,
  RenderStatus,
  RenderWarning,
  StageProgress,
} from "../base/types.js";
import type { JobTracker } from "../job/job-tracker.js";
import type { NativeBinding, NativeRender } from "./binding.js";
import type { RenderSpec } from "./render-spec.js";

/** The core promises to end within 1 s of a cancellation; beyond this it is given up. */
const CANCEL_MS = 5_000;
const PUBLISH_MS = 120_000;
const DISCARD_MS = 10_000;
/** 100 % is said only once the file is in place. */
const MAX_RUNNING_PERCENT = 99;

/** Result of a finished native render. */
export interface NativeSummary {
  durationSeconds: number;
  totalFrames: number;
  outputBytes: number;
  /** By how much the sound was lowered to stay below its ceiling. */
  audioLoweredDb?: number;
  perf?: PerfSummary;
  plan?: Record<string, unknown>;
}

interface NativeFailure {
  code: NativeErrorCode;
  message: string;
  stage?: string;
  retryable?: boolean;
  consoleTail?: string[];
}

type NativeResult = { ok: true; summary: NativeSummary } | { ok: false; error: NativeFailure };

type NativeEvent =
  | {
      type: "progress";
      status: RenderStatus;
      percent: number;
      message: string;
      stage?: StageProgress;
      framesRendered?: number;
      totalFrames?: number;
    }
  | { type: "log"; level: keyof Logger; message: string; meta?: Record<string, unknown> }
  | { type: "probed"; duration: number; totalFrames: number }
  | { type: "warning"; code: string; message: string; details?: Record<string, unknown> };

/** What {@link runNative} needs beside the spec. */
export interface NativeRunInput {
  binding: NativeBinding;
  spec: RenderSpec;
  tracker: JobTracker;
  logger: Logger | undefined;
  /** Throws when the caller has given up; called between all steps. */
  assertActive(): void;
  /** Throws when the warnings forbid publishing. */
  assertQuality(warnings: readonly RenderWarning[]): void;
  /** The caller's own last check before the file appears. */
  assertRenderActive?: (() => void) | undefined;
  signal: AbortSignal;
}

/**
 * Runs one render in the native core and puts its file in place. Whatever happens, nothing staged
 * and no child process is left when it returns.
 *
 * @throws NativeRenderError with the core's code, or what one of the assertions throws
 */
export async function runNative(input: NativeRunInput): Promise<NativeSummary> {
  const { binding, spec, signal, tracker } = input;
  const events = new EventPort(tracker, input.logger);
  const json = JSON.stringify(spec);
  const render = callAddon(() => new binding.NativeRender(json, (event) => events.receive(event)));
  try {
    const result = await runUntilCancelled(render, signal);
    // Events and the result come over different queues of the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    input.assertActive();
    if (!result.ok) {
      // Sound that could not be made is, to the callers, a warning that forbids the result.
      if (isSound(result.error)) input.assertQuality(tracker.job.warnings);
      throw toError(result.error);
    }
    input.assertQuality(tracker.job.warnings);
    input.assertRenderActive?.();
    input.assertActive();
    await publish(render);
    return result.summary;
  } finally {
    events.close();
    const gone = await settleWithin(render.discard(), DISCARD_MS);
    if (gone.state !== "fulfilled") {
      input.logger?.warn("The native core did not finish cleaning up.", { state: gone.state });
    }
  }
}

/**
 * The plan of a render, which launches nothing but ffprobe.
 *
 * @throws NativeRenderError with the core's code
 */
export async function explainPlan(
  binding: NativeBinding,
  spec: RenderSpec,
): Promise<Record<string, unknown>> {
  const told = JSON.parse(await binding.explainPlan(JSON.stringify(spec))) as
    | { ok: true; plan: Record<string, unknown> }
    | { ok: false; error: NativeFailure };
  if (!told.ok) throw toError(told.error);
  return told.plan;
}

async function runUntilCancelled(render: NativeRender, signal: AbortSignal): Promise<NativeResult> {
  const running = render.run();
  const first = await untilAborted(running, signal, () => render.cancel(messageOf(signal.reason)));
  if (first !== undefined) return JSON.parse(first) as NativeResult;
  const end = await settleWithin(running, CANCEL_MS);
  if (end.state === "fulfilled") return JSON.parse(end.value) as NativeResult;
  return { ok: false, error: { code: "HF_NATIVE_CANCELLED", message: "render_cancelled" } };
}

async function publish(render: NativeRender): Promise<void> {
  const end = await settleWithin(render.publish(), PUBLISH_MS);
  if (end.state === "rejected") throw end.error;
  if (end.state === "pending") {
    throw new NativeRenderError(
      "HF_NATIVE_PUBLISH_TIMEOUT",
      `The finished file could not be put in place within ${PUBLISH_MS} ms.`,
      { stage: "publish", retryable: true },
    );
  }
  const result = JSON.parse(end.value) as { ok: true } | { ok: false; error: NativeFailure };
  if (!result.ok) throw toError(result.error);
}

function isSound({ code }: NativeFailure): boolean {
  return code.startsWith("HF_NATIVE_AUDIO_");
}

function toError(failure: NativeFailure): NativeRenderError {
  return new NativeRenderError(failure.code, failure.message, failure);
}

/** Turns the core's events into job state and log lines. */
class EventPort {
  #open = true;

  constructor(
    private readonly tracker: JobTracker,
    private readonly logger: Logger | undefined,
  ) {}

  close(): void {
    this.#open = false;
  }

  receive(json: string): void {
    if (!this.#open) return;
    const event = JSON.parse(json) as NativeEvent;
    const { job } = this.tracker;
    switch (event.type) {
      case "progress":
        if (event.framesRendered !== undefined) job.framesRendered = event.framesRendered;
        if (event.totalFrames !== undefined) job.totalFrames = event.totalFrames;
        this.tracker.update(
          event.status,
          event.message,
          Math.min(event.percent, MAX_RUNNING_PERCENT),
          event.stage,
        );
        break;
      case "probed":
        job.duration = event.duration;
        job.totalFrames = event.totalFrames;
        break;
      case "warning":
        this.tracker.warn({
          code: event.code,
          message: event.message,
          stage: "capture-readiness",
          ...(event.details ? { details: event.details } : {}),
        });
        break;
      case "log":
        if (event.level !== "isLevelEnabled")
          this.logger?.[event.level]?.(event.message, event.meta);
        break;
    }
  }
}
