/** Noticing the end of upstream's compile stage from its log lines and progress. */
import type { Logger, ProgressSink } from "../base/types.js";

const TRACE = "[Render:trace]";
const METADATA = "Compiled composition metadata";
const EXTRACTION = "Extracting video frames";
/** Comes right before upstream serves the page to a browser of its own. */
const PROBE = "Launching browser for composition probe...";
/** Lines about upstream's own render, which is stopped after its compile stage. */
const ABOUT_ITS_RENDER = /^\[Render\] (Debug artifacts enabled|Pipeline started)/;

/** What upstream logs about a composition once its compiled files are on disk. */
export interface StageFacts {
  /** Meta of the line "Compiled composition metadata". */
  metadata?: Record<string, unknown>;
  /** Meta of the trace line that ends the stage: scale factor, image count, screenshot choice. */
  resolved?: Record<string, unknown>;
}

/**
 * Watches upstream's log lines and progress for the milestone at which its compile stage is over.
 *
 * Versions that trace write one more line after their media checks and before any browser starts.
 * Waiting for it keeps those checks and gives the device scale factor. In other versions the
 * metadata line is the milestone. If neither line comes, the text of the next stage is. Behind the
 * milestone upstream may log one line more before it looks at its signal, and then open a server that
 * older versions never close: that line throws.
 */
export class MilestoneWatch {
  readonly facts: StageFacts = {};
  reached = false;
  #traced = false;

  constructor(
    private readonly onReached: () => void,
    private readonly forwardTo?: Logger,
  ) {}

  /** The logger for upstream: warnings and errors are passed on, info becomes debug output. */
  readonly logger: Logger = {
    error: (message, meta) => this.#forward("error", message, meta),
    warn: (message, meta) => this.#forward("warn", message, meta),
    info: (message, meta) => this.#info(message, meta),
    debug: (message, meta) => this.#forward("debug", message, meta),
    isLevelEnabled: (level) => this.forwardTo?.isLevelEnabled?.(level) ?? level !== "debug",
  };

  /** The progress sink for upstream. */
  readonly progress: ProgressSink = (_job, message) => {
    if (message === EXTRACTION) this.#reach();
  };

  #info(message: string, meta: Record<string, unknown> = {}): void {
    if (this.reached && message === PROBE) throw new Error("compile stage finished");
    if (message === METADATA) {
      this.facts.metadata = meta;
      if (!this.#traced) this.#reach();
    } else if (message === TRACE) {
      this.#traced = true;
      this.#trace(meta);
    } else if (!ABOUT_ITS_RENDER.test(message)) {
      this.#forward("debug", message, meta);
    }
  }

  #trace(meta: Record<string, unknown>): void {
    if (this.reached || this.facts.metadata === undefined) return;
    if (meta.phase === "compile" && meta.status === "checkpoint") {
      this.facts.resolved = meta;
      this.#reach();
    } else if (meta.phase !== "compile" && meta.status === "start") {
      this.#reach();
    }
  }

  #reach(): void {
    if (this.reached) return;
    this.reached = true;
    this.onReached();
  }

  #forward(level: "error" | "warn" | "debug", message: string, meta?: Record<string, unknown>) {
    // After the milestone upstream only reports that it was cancelled.
    if (!this.reached) this.forwardTo?.[level](message, meta);
  }
}
