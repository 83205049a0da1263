/** Errors of upstream's classes, which callers test with `instanceof`. */
import { messageOf, NativeRenderError } from "../base/errors.js";
import type { RenderWarning, Strictness } from "../base/types.js";
import type { CancelReason, UpstreamNamespace } from "./types.js";

/** Codes of warnings that forbid publishing whatever the strictness. */
const ALWAYS_FATAL = new Set([
  "audio_processing_failed",
  "sub_timeline_script_failure",
  "vfx_failure",
]);

/** The error for a cancelled render, of this namespace's class where it has one. */
export function cancelledError(
  namespace: UpstreamNamespace,
  signal: AbortSignal | undefined,
): Error {
  const Cancelled = namespace.RenderCancelledError;
  if (Cancelled) return new Cancelled("render_cancelled", cancelReason(signal?.reason));
  return new NativeRenderError("HF_NATIVE_CANCELLED", "render_cancelled");
}

/** Whether an error is this namespace's cancellation or the native one. */
export function isCancellation(error: unknown, namespace: UpstreamNamespace): boolean {
  const Cancelled = namespace.RenderCancelledError;
  if (Cancelled && error instanceof Cancelled) return true;
  return error instanceof NativeRenderError && error.code === "HF_NATIVE_CANCELLED";
}

/**
 * Refuses a render whose warnings forbid publishing it.
 *
 * @throws the namespace's RenderQualityError, or NativeRenderError `HF_NATIVE_QUALITY`
 */
export function assertQuality(
  namespace: UpstreamNamespace,
  strictness: Strictness | undefined,
  warnings: readonly RenderWarning[],
): void {
  if (warnings.length === 0) return;
  const fatal = strictness === "strict" || warnings.some(({ code }) => ALWAYS_FATAL.has(code));
  if (!fatal) return;
  const Quality = namespace.RenderQualityError as
    | (new (
        warnings: RenderWarning[],
      ) => Error)
    | undefined;
  if (Quality) throw new Quality([...warnings]);
  throw new NativeRenderError(
    "HF_NATIVE_QUALITY",
    `The render has warnings that must not be ignored: ${warnings.map((w) => w.message).join("; ")}`,
    { stage: "capture" },
  );
}

function cancelReason(reason: unknown): CancelReason {
  const text = reason === undefined ? "" : messageOf(reason).toLowerCase();
  if (/time(d )?[_ -]?out/.test(text)) return "timeout";
  return /cancel/.test(text) ? "user_cancelled" : "aborted";
}
