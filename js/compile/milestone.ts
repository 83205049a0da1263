import type { Logger, ProgressSink } from "../base/types.js";

const TRACE = "[Render:trace]";
const METADATA = "Compiled composition metadata";
const EXTRACTION = "Extracting video frames";
/** Lines that describe a pass which, to its user, does not exist. */
const OWN_BUSINESS = /^\[Render\] (Debug artifacts enabled|Pipeline started)/;

/** What the producer says about a composition once its compiled files are on disk. */
export interface StageFacts {
  /** Meta of the line "Compiled composition metadata". */
  metadata?: Record<string, unknown>;
  /** Meta of the trace line that ends the stage: scale factor, image count, screenshot choice. */
  resolved?: Record<string, unknown>;
}

/**
 * Watches the log lines and the progress of a producer for the moment its compile stage is over.
 *
 * Versions that trace write one more line after their media checks and before any browser starts;
 * waiting for it keeps those checks and yields the device scale factor. Without tracing the
 * metadata line itself is the moment, and the text of the next stage is the net below both.
 */
export class MilestoneWatch {
  readonly facts: StageFacts = {};
  reached = false;
  #traced = false;

  constructor(
    private readonly onReached: () => void,
    private readonly forwardTo?: Logger,
  ) {}

  /** The logger to hand to the producer: warnings pass, the rest becomes debug output. */
  readonly logger: Logger = {
    error: (message, meta) => this.#forward("error", message, meta),
    warn: (message, meta) => this.#forward("warn", message, meta),
    info: (message, meta) => this.#info(message, meta),
    debug: (message, meta) => this.#forward("debug", message, meta),
    isLevelEnabled: (level) => this.forwardTo?.isLevelEnabled?.(level) ?? level !== "debug",
  };

  /** The progress sink to hand to the producer. */
  readonly progress: ProgressSink = (_job, message) => {
    if (message === EXTRACTION) this.#reach();
  };

  #info(message: string, meta: Record<string, unknown> = {}): void {
    if (message === METADATA) {
      this.facts.metadata = meta;
      if (!this.#traced) this.#reach();
    } else if (message === TRACE) {
      this.#traced = true;
      this.#trace(meta);
    } else if (!OWN_BUSINESS.test(message)) {
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
    // Beyond the milestone only the echo of our own cancellation is left to say.
    if (!this.reached) this.forwardTo?.[level](message, meta);
  }
}
