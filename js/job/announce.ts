/** Showing one line to the user, whatever logger the job has. */
import type { Logger } from "../base/types.js";

/**
 * Shows `line` exactly once: through the job's logger at the lowest level from `level` on that it
 * shows, else on stderr.
 */
export function announce(
  line: string,
  logger: Logger | undefined,
  stderr: (text: string) => void = (text) => void process.stderr.write(text),
  level: "info" | "warn" = "info",
): void {
  const shown = logger && shownLevel(logger, level);
  if (shown) logger[shown](line);
  else stderr(`${line}\n`);
}

function shownLevel(logger: Logger, from: "info" | "warn"): "info" | "warn" | undefined {
  // Without isLevelEnabled it is unknown whether info is shown; warn nearly always is.
  if (!logger.isLevelEnabled) return "warn";
  if (from === "info" && logger.isLevelEnabled("info")) return "info";
  return logger.isLevelEnabled("warn") ? "warn" : undefined;
}
