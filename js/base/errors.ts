/** The error class of this package, and helpers for anything that was thrown. */
import type { NativeErrorCode } from "./error-codes.js";

/** What a {@link NativeRenderError} carries beside its message. */
export interface NativeErrorDetails {
  /** Stage that failed, e.g. `compile`, `capture`, `encode`, `publish`. */
  stage?: string | undefined;
  /** True when the same call may succeed if simply repeated. */
  retryable?: boolean | undefined;
  /** Last lines of the page's console, oldest first (at most 30). */
  consoleTail?: readonly string[] | undefined;
  /** The error underneath. */
  cause?: unknown;
}

/**
 * A failure with a stable `code`. Errors of upstream's compile stage and upstream's cancellation
 * class are passed on unchanged instead, so that callers' `instanceof` checks keep working.
 */
export class NativeRenderError extends Error {
  override readonly name = "NativeRenderError";
  readonly code: NativeErrorCode;
  readonly stage: string;
  readonly retryable: boolean;
  readonly consoleTail: readonly string[];

  constructor(code: NativeErrorCode, message: string, details: NativeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.stage = details.stage ?? "setup";
    this.retryable = details.retryable ?? false;
    this.consoleTail = (details.consoleTail ?? []).slice(-30);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error itself, or an Error around whatever else was thrown. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
