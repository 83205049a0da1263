/** The logger of a job that brings none. */
import type { Logger } from "../base/types.js";

const LEVELS = ["error", "warn", "info", "debug"] as const;

/**
 * A logger that writes to stderr, one line each: `[LEVEL] message`, and what belongs to it as JSON.
 *
 * @param level the least important level that is written
 */
export function createConsoleLogger(level: (typeof LEVELS)[number] = "info"): Required<Logger> {
  const isLevelEnabled: Required<Logger>["isLevelEnabled"] = (one) =>
    LEVELS.indexOf(one) <= LEVELS.indexOf(level);
  const write =
    (one: (typeof LEVELS)[number]) =>
    (message: string, meta?: Record<string, unknown>): void => {
      if (!isLevelEnabled(one)) return;
      const more = meta ? ` ${JSON.stringify(meta)}` : "";
      console.error(`[${one.toUpperCase()}] ${message}${more}`);
    };
  return {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    isLevelEnabled,
  };
}

/** The logger of a job that brings none. */
export const defaultLogger = createConsoleLogger("info");
