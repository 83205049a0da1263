import { messageOf, NativeRenderError } from "../base/errors.js";
import type { RenderWarning, Strictness } from "../base/types.js";
import type { PeerNamespace } from "./types.js";

/** Warnings that make a render worthless in either strictness. */
const ALWAYS_FATAL = new Set([
  "audio_processing_failed",
  "sub_timeline_script_failure",
  "vfx_failure",
]);

/** The error for a cancelled render, of the class that callers of this namespace test for. */
export function cancelledError(namespace: PeerNamespace, signal: AbortSignal | undefined): Error {
  const reason = cancelReason(signal?.reason);
  const Cancelled = namespace.RenderCancelledError;
  if (Cancelled) return new Cancelled("render_cancelled", reason);
  return new NativeRenderError("HF_NATIVE_CANCELLED", "render_cancelled");
}

/** True for the namespace's own cancellation and for the native one. */
export function isCancellation(error: unknown, namespace: PeerNamespace): boolean {
  const Cancelled = namespace.RenderCancelledError;
  if (Cancelled && error instanceof Cancelled) return true;
  return error instanceof NativeRenderError && error.code === "HF_NATIVE_CANCELLED";
}

/** Throws the namespace's quality error when these warnings forbid publishing the result. */
export function assertQuality(
  namespace: PeerNamespace,
  strictness: Strictness | undefined,
  warnings: readonly RenderWarning[],
): void {
  if (warnings.length === 0) return;
  const fatal = strictness === "strict" || warnings.some(({ code }) => ALWAYS_FATAL.has(code));
  if (!fatal) return;
  const Quality = namespace.RenderQualityError;
  if (Quality) throw new Quality([...warnings]);
  throw new NativeRenderError(
    "HF_NATIVE_QUALITY",
    `The render has warnings that must not be ignored: ${warnings.map((w) => w.message).join("; ")}`,
    { stage: "capture" },
  );
}

function cancelReason(reason: unknown): "user_cancelled" | "timeout" | "aborted" {
  const text = reason === undefined ? "" : messageOf(reason).toLowerCase();
  if (/time(d )?[_ -]?out/.test(text)) return "timeout";
  return /cancel/.test(text) ? "user_cancelled" : "aborted";
}
