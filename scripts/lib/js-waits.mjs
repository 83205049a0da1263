/** Finds where TypeScript code waits for programs, sockets and streams without a time limit. */

/**
 * Calls that wait for somebody else, and what in their arguments bounds them. A promise that is made
 * by hand is one, too: who settles it has to be said.
 */
const WAITS = [
  { call: "new Promise", bounded: /setTimeout\(resolve|setImmediate\(/ },
  { call: "execFile", bounded: /\btimeout\b|\boptions\b/ },
  { call: "execFileSync", bounded: /\btimeout\b/ },
  { call: "spawnSync", bounded: /\btimeout\b/ },
  { call: "spawn", bounded: /\btimeout\b/ },
  { call: "fetch", bounded: /\bsignal\b/ },
  { call: "get", bounded: /\bsignal\b/, only: /\bget\(url/ },
  { call: "pipeline", bounded: /\bsignal\b/ },
  { call: "for await", bounded: /^$/ },
];
const NAMES = WAITS.map(({ call }) => call.replace(" ", "\\s+")).join("|");
const PATTERN = new RegExp(`(?<![\\w.#])(${NAMES})(?:<[^(]*>)?\\s*\\(`, "g");
const FUNCTION =
  /(?:function\*?\s+(\w+)|^ {2}(?:(?:async|static|override|private|public|get)\s+)*(#?\w+)(?:<[^(]*>)?\([^;]*$|^(?:export )?const (\w+) = )/;

/**
 * @param {string} source TypeScript source text
 * @returns {import("./rust-waits.mjs").Wait[]}
 */
export function openWaitsOfScript(source) {
  const text = withoutComments(source);
  const found = [];
  for (const match of text.matchAll(PATTERN)) {
    const call = match[1].replace(/\s+/, " ");
    const { bounded, only } = WAITS.find((wait) => wait.call === call);
    const open = match.index + match[0].length - 1;
    if (only && !only.test(text.slice(match.index, open + 8))) continue;
    if (bounded.test(argumentsAt(text, open))) continue;
    const before = text.slice(0, match.index);
    found.push({ fn: functionAt(before), call, line: before.split("\n").length });
  }
  return found;
}

/** What stands between the parenthesis at `open` and the one that closes it. */
function argumentsAt(text, open) {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++;
    if (text[at] === ")") depth--;
    if (depth === 0) return text.slice(open + 1, at);
  }
  return text.slice(open + 1);
}

/** The name of the function or method whose text has begun last. */
function functionAt(before) {
  for (const line of before.split("\n").reverse()) {
    const named = FUNCTION.exec(line);
    const name = named?.[1] ?? named?.[2] ?? named?.[3];
    if (name && !["if", "for", "while", "switch", "catch", "return"].includes(name)) return name;
  }
  return "module";
}

/** The same text with blanks for comments, so that lines stay where they are. */
function withoutComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, (comment) =>
    comment.replace(/[^\n]/g, " "),
  );
}
