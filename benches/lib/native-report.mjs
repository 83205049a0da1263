/** Finds what the native engine says of a finished render, among all that the CLI printed. */

const MARK = "[Native] render finished ";

/**
 * @param {string} text all that a render printed
 * @returns {Record<string, any> | undefined} `perfSummary.native`, of the last render; undefined when
 *   there was none, or its line was cut
 */
export function nativeReport(text) {
  const at = text.lastIndexOf(MARK);
  if (at < 0) return undefined;
  const [line] = text.slice(at + MARK.length).split(/[\r\n]/, 1);
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
