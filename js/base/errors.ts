/** Every error this package raises itself. `docs/errors.md` explains each code. */
export type NativeErrorCode = `HF_NATIVE_${string}`;

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
 * A failure with a stable `code`. Errors of the peer's compile stage and its cancellation class are
 * passed through unchanged instead, so that callers' `instanceof` checks keep working.
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

/**
 * Calls the addon. What it throws has no code of its own; the message starts with it.
 *
 * @throws NativeRenderError with that code, or whatever else was thrown
 */
export function callAddon<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw addonError(cause);
  }
}

/** The error with the code that the addon's message starts with; without one, as it is. */
export function addonError(cause: unknown): unknown {
  const [, code, message] = /^(HF_NATIVE_[A-Z_]+): (.*)$/s.exec(messageOf(cause)) ?? [];
  if (!code || !message) return cause;
  return new NativeRenderError(code as NativeErrorCode, message, { cause });
}
