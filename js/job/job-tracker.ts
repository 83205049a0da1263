/** The state of a running job, and reporting it to the caller. */
import { freemem } from "node:os";
import { settleWithin } from "../base/deadline.js";
import { asError, messageOf, NativeRenderError } from "../base/errors.js";
import type {
  Logger,
  ProgressSink,
  RenderErrorDetails,
  RenderJob,
  RenderStatus,
  RenderWarning,
  StageProgress,
} from "../base/types.js";
import type { AwaitedThing } from "../wire/generated.js";
import { Heartbeat, textOf } from "./heartbeat.js";

/** How long the end of a render waits for a progress sink that does not return. */
const FLUSH_MS = 5_000;

/**
 * Writes the state of a render into its job and reports it. The percentage never falls. The sink
 * gets its snapshots one after the other; what it throws is logged and ignored.
 */
export class JobTracker {
  readonly startedAt = Date.now();
  /** Says what the job waits for, when it has told nothing for a while. */
  readonly heartbeat = new Heartbeat((awaits) => this.beat(awaits));
  #deliveries: Promise<void> = Promise.resolve();

  constructor(
    readonly job: RenderJob,
    private readonly sink: ProgressSink | undefined,
    private readonly logger: Logger | undefined,
  ) {
    job.warnings ??= [];
    job.startedAt = new Date(this.startedAt);
  }

  /** Enters a state or advances within it. */
  update(status: RenderStatus, message: string, percent: number, stage?: StageProgress): void {
    const { job } = this;
    job.status = status;
    job.currentStage = message;
    job.stageProgress = stage;
    const bounded = Math.max(0, Math.min(100, Math.round(percent)));
    job.progress = Math.max(job.progress, Number.isFinite(bounded) ? bounded : 0);
    this.#report(message);
  }

  /**
   * Says that the job lives, and what it waits for: the stage's own message with that, at the same
   * percentage, and a line for `render.log`.
   */
  beat(awaits: readonly AwaitedThing[]): void {
    const currentStage = this.job.currentStage || "Preparing";
    const text = textOf(awaits);
    this.logger?.debug(`[Native] ${text}`, { stage: currentStage });
    this.#report(`${currentStage} (${text})`);
  }

  /** Adds a warning unless the same one is there already. */
  warn(warning: RenderWarning): void {
    const key = warningKey(warning);
    if (!this.job.warnings.some((known) => warningKey(known) === key)) {
      this.job.warnings.push(warning);
    }
  }

  /** Ends the job as complete; to be called only after the output is in place. */
  complete(outputPath: string): void {
    this.job.outputPath = outputPath;
    this.job.outcome = this.job.warnings.length > 0 ? "completed_with_warnings" : "completed";
    this.#end("complete", "Render complete", 100);
  }

  /** Ends the job as cancelled. */
  cancel(error: Error): void {
    this.job.error = error.message;
    this.job.outcome = "cancelled";
    this.#end("cancelled", "Render cancelled", this.job.progress);
  }

  /** Ends the job as failed, with the details that the CLI and the server report. */
  fail(reason: unknown, more: Partial<RenderErrorDetails> = {}): void {
    const error = asError(reason);
    const { job } = this;
    const consoleTail = error instanceof NativeRenderError ? error.consoleTail : [];
    job.failedStage = job.currentStage || "pipeline";
    job.error = error.message;
    job.outcome = "failed";
    job.errorDetails = {
      message: error.message,
      ...(error.stack === undefined ? {} : { stack: error.stack }),
      elapsedMs: Date.now() - this.startedAt,
      freeMemoryMB: Math.round(freemem() / (1024 * 1024)),
      ...more,
      ...(consoleTail.length > 0 ? { browserConsoleTail: [...consoleTail] } : {}),
    };
    this.#end("failed", `Failed: ${error.message}`, job.progress);
  }

  /** Waits until all reports so far have been delivered, or {@link FLUSH_MS} have passed. */
  async flush(): Promise<void> {
    const end = await settleWithin(this.#deliveries, FLUSH_MS);
    if (end.state === "pending") {
      this.logger?.warn(`The progress callback did not return within ${FLUSH_MS} ms; going on.`);
    }
  }

  #end(status: RenderStatus, message: string, percent: number): void {
    this.heartbeat.stop();
    this.job.completedAt = new Date();
    this.update(status, message, percent);
  }

  #report(message: string): void {
    this.heartbeat.heard();
    const { sink } = this;
    if (!sink) return;
    const snapshot: RenderJob = {
      ...this.job,
      currentStage: message,
      warnings: this.job.warnings.map((warning) => ({ ...warning })),
    };
    this.#deliveries = this.#deliveries.then(async () => {
      try {
        await sink(snapshot, message);
      } catch (error) {
        this.logger?.warn("The progress callback threw; the render goes on.", {
          error: messageOf(error),
        });
      }
    });
  }
}

function warningKey(warning: RenderWarning): string {
  return JSON.stringify([warning.code, warning.details ?? warning.message]);
}
