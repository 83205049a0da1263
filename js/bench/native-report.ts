/** Finds what the native engine says of a finished render, among all that the CLI printed. */

const MARK = "[Native] render finished ";

/**
 * @param text all that a render printed
 * @returns `perfSummary.native`, of the last render; undefined when there was none, or its line was cut
 */
export function nativeReport(text: string): Record<string, unknown> | undefined {
  const at = text.lastIndexOf(MARK);
  if (at < 0) return undefined;
  const [line = ""] = text.slice(at + MARK.length).split(/[\r\n]/, 1);
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
