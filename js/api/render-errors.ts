/**
 * The error classes of renders. Errors of upstream's classes of the same names are instances of these
 * too, and the other way round.
 */
import type { RenderWarning } from "../base/types.js";
import { joinFamily } from "../upstream/class-families.js";
import type { CancelReason } from "../upstream/types.js";

/** A render that was cancelled. */
export class RenderCancelledError extends Error {
  override readonly name = "RenderCancelledError";

  constructor(
    message = "render_cancelled",
    readonly reason: CancelReason = "aborted",
  ) {
    super(message);
  }
}

/** A render whose warnings forbid publishing it. */
export class RenderQualityError extends Error {
  override readonly name = "RenderQualityError";

  constructor(readonly warnings: RenderWarning[]) {
    const list = warnings.map(({ code, message }) => `- ${code}: ${message}`).join("\n");
    super(`The render is not published because of its warnings (${warnings.length}):\n${list}`);
  }
}

joinFamily("RenderCancelledError", RenderCancelledError);
joinFamily("RenderQualityError", RenderQualityError);
