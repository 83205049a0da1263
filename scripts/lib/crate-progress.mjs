/**
 * Says how far a build of Rust is: a first one takes minutes, nearly all of which are other people's
 * crates. Cargo counts them itself, and is asked to do so in a pipe too.
 */

/** For cargo, below whatever starts it. */
export const COUNTING = { CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "120" };

/** `    Building [====>    ] 12/266: serde, syn(build), tokio` */
const COUNT = /Building \[[=> ]*\] (\d+)\/(\d+)(?:: ([^\r\n]*))?/g;
const SHOWN_NAMES = 3;
const LONGEST = 60;

/**
 * @typedef {object} Count
 * @property {number} done crates
 * @property {number} total
 * @property {string[]} names of those that are compiled now
 */

/** Reads what cargo prints, in chunks that may be cut anywhere. */
export class CrateCounter {
  #rest = "";

  /**
   * @param {string} chunk
   * @returns {Count | undefined} the last count in it
   */
  read(chunk) {
    const text = this.#rest + chunk;
    const end = Math.max(text.lastIndexOf("\r"), text.lastIndexOf("\n")) + 1;
    this.#rest = text.slice(end);
    const last = [...text.slice(0, end).matchAll(COUNT)].at(-1);
    if (!last) return undefined;
    const [, done, total, names = ""] = last;
    return {
      done: Number(done),
      total: Number(total),
      names: names
        .replace(/\.\.\.\s*$/, "")
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
    };
  }
}

/**
 * @param {Count} count
 * @param {number} seconds since the build began
 * @param {(seconds: number) => string} spanText
 * @returns {string} for people
 */
export function countText({ done, total, names }, seconds, spanText) {
  const shown = names.slice(0, SHOWN_NAMES).join(", ").slice(0, LONGEST);
  const now = shown === "" ? "" : ` (${shown})`;
  return `compiling Rust, ${total - done} of ${total} crates to go${now}, ${spanText(seconds)} so far`;
}

async function compiledLine() {
  try {
    const { Shown } = await import("../../dist/progress/line.js");
    const { spanText } = await import("../../dist/progress/eta.js");
    return { Shown, spanText };
  } catch {
    return undefined;
  }
}

/**
 * Shows the progress of a build on stderr, as one line in a terminal.
 *
 * @param {(onText: (text: string) => void) => Promise<void>} build
 */
export async function withCrateProgress(build) {
  const line = await compiledLine();
  // Where the JavaScript is not compiled yet, the build goes on without.
  if (!line) return build(() => {});
  const { Shown, spanText } = line;
  const counter = new CrateCounter();
  const shown = new Shown(process.stderr);
  const began = performance.now();
  try {
    await build((text) => {
      const count = counter.read(text);
      if (!count || count.total === 0) return;
      const seconds = (performance.now() - began) / 1000;
      shown.show({
        percent: (count.done / count.total) * 100,
        stage: countText(count, seconds, spanText),
      });
    });
  } finally {
    shown.end();
  }
}
