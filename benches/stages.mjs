/** Finds the time per stage in what the native engine logs with `--debug`. */

const MARK = '"msPerFrame":';

/**
 * @param {string} text all that a render printed
 * @returns {Record<string, number> | undefined} milliseconds per frame and worker, by stage
 */
export function stagesIn(text) {
  const at = text.lastIndexOf(MARK);
  if (at < 0) return undefined;
  const found = /^\s*(\{[^{}]*\})/.exec(text.slice(at + MARK.length));
  return found ? JSON.parse(found[1]) : undefined;
}
