/** The file `render.log` of a render with `debug`. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../base/errors.js";
import type { Logger } from "../base/types.js";

/** How upstream marks the levels there. */
const MARKS = { error: "ERR", warn: "WRN", info: "LOG", debug: "DBG" } as const;

/**
 * A logger that also writes all lines, each with its time and what belongs to it, into `render.log` of
 * a folder, which is made. Lines that cannot be written are only passed on.
 */
export function withRenderLog(dir: string, base: Logger): Logger {
  const file = join(dir, "render.log");
  let failed = false;
  try {
    mkdirSync(dir, { recursive: true });
  } catch (error) {
    failed = true;
    base.warn("render.log cannot be written.", { file, error: messageOf(error) });
  }
  const line =
    (level: keyof typeof MARKS) =>
    (message: string, meta?: Record<string, unknown>): void => {
      const more = meta ? ` ${JSON.stringify(meta)}` : "";
      const text = `[${new Date().toISOString()}] ${MARKS[level]} ${message}${more}\n`;
      try {
        if (!failed) appendFileSync(file, text);
      } catch (error) {
        failed = true;
        base.warn("render.log cannot be written.", { file, error: messageOf(error) });
      }
      base[level](message, meta);
    };
  return {
    error: line("error"),
    warn: line("warn"),
    info: line("info"),
    debug: line("debug"),
    isLevelEnabled: (level) => base.isLevelEnabled?.(level) ?? true,
  };
}
