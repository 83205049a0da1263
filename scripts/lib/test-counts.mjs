/** Reads out of what the test runners print how many tests ran, and what failed. */
import { stripVTControlCharacters } from "node:util";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {Record<string, (output: string) => Counts>} */
const READERS = {
  /** `Summary [ 1.2s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 2 skipped` */
  nextest(output) {
    const line = output.match(/^ *Summary \[.*$/gm)?.at(-1) ?? "";
    const count = (word) => Number(line.match(new RegExp(String.raw`(\d+) ${word}`))?.[1] ?? 0);
    return {
      passed: count("passed"),
      failed: count("failed") + count("timed out") + count("exec failed"),
      skipped: count("skipped"),
    };
  },
  /** `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, once per test binary */
  cargo(output) {
    return {
      passed: sum(output, /^test result: .*?(\d+) passed/gm),
      failed: sum(output, /^test result: .*?(\d+) failed/gm),
      skipped: sum(output, /^test result: .*?(\d+) ignored/gm),
    };
  },
  /** Node's spec reporter: `ℹ pass 5` and its siblings at the end */
  node(output) {
    const count = (word) => sum(output, new RegExp(String.raw`^ℹ ${word} (\d+)$`, "gm"));
    return {
      passed: count("pass"),
      failed: count("fail") + count("cancelled"),
      skipped: count("skipped") + count("todo"),
    };
  },
  /** The repository's own runners end with `N passed, N failed` */
  plain(output) {
    const last = [...output.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1);
    return { passed: Number(last?.[1] ?? 0), failed: Number(last?.[2] ?? 0), skipped: 0 };
  },
};

/**
 * @param {"check" | "nextest" | "cargo" | "node" | "plain"} kind `check` counts the command as one
 * @param {{ code: number, output: string }} result of the command
 * @returns {Counts} with at least one failure when the command failed or ran no test at all
 */
export function countTests(kind, { code, output }) {
  if (kind === "check") {
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  }
  const counts = READERS[kind](stripVTControlCharacters(output));
  const ranNothing = counts.passed + counts.failed === 0;
  if (counts.failed === 0 && (code !== 0 || ranNothing)) return { ...counts, failed: 1 };
  return counts;
}

/** Lines that are repeated of a step that failed. */
const EXCERPT_LINES = 60;

/**
 * @param {string} output of a command that failed
 * @returns {string} the part that tells what failed: what Node's reporter sums up at its end, or the
 *   last lines
 */
export function failureExcerpt(output) {
  const lines = stripVTControlCharacters(output).trimEnd().split("\n");
  const summary = lines.findLastIndex((line) => line.startsWith("✖ failing tests"));
  const told = summary < 0 ? lines.slice(-EXCERPT_LINES) : lines.slice(summary);
  return told.slice(0, EXCERPT_LINES).join("\n");
}

function sum(output, pattern) {
  return [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
}
