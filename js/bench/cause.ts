/** Finds why a render failed among all that the CLI printed. */
import { stripVTControlCharacters } from "node:util";

/** How the CLI marks an error, and what follows it are the reasons. */
const ERROR_MARK = /^✗/;
/** Lines of progress and of the log, which say nothing of a cause. */
const NOISE = /^(?:@hf-progress |\[INFO\]|\[DEBUG\]|\s*[█░]{3}|[│◒◐◓◑◇◆]|\s*$)/;
/** Without a mark, so many lines of the end. */
const KEPT_LINES = 12;

/** @param text all that a render printed, or the end of it */
export function causeOf(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split(/\r?\n/)
    .filter((line) => !NOISE.test(line))
    .map((line) => line.trimEnd());
  const marked = lines.findLastIndex((line) => ERROR_MARK.test(line));
  const kept = marked < 0 ? lines.slice(-KEPT_LINES) : lines.slice(marked).slice(0, KEPT_LINES);
  return kept.join("\n");
}
