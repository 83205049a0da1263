/** Errors that the addon throws: their code is the start of the message. */
import type { NativeErrorCode } from "../base/error-codes.js";
import { messageOf, NativeRenderError } from "../base/errors.js";

/**
 * Calls the addon.
 *
 * @throws NativeRenderError with the addon's code, or whatever else was thrown
 */
export function callAddon<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw addonError(cause);
  }
}

/** The error with the code at the start of its message; without one, the error itself. */
export function addonError(cause: unknown): unknown {
  const [, code, message] = /^(HF_NATIVE_[A-Z_]+): (.*)$/s.exec(messageOf(cause)) ?? [];
  if (!code || !message) return cause;
  return new NativeRenderError(code as NativeErrorCode, message, { cause });
}
