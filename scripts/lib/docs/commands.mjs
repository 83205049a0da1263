/** The shell commands that documents show. */
import { blocksOf, inlineCodeOf } from "./blocks.mjs";

const SHELL = new Set(["sh", "bash", "console", "shell"]);
/** What a line or inline code begins with if it is a command, behind variables. */
const PROGRAM =
  /^(?:[A-Z][A-Z_\d]*=(?:"[^"]*"|\S*) )*(?:npm [a-z]|npx \S|node (?:--|\S+\.)|hyperframes(?:-native)? [a-z]|docker |cargo |git |ffmpeg |apt-get |pip |brew |winget |rustup )/;

/**
 * @typedef {object} Command
 * @property {string} file
 * @property {number} line from 1
 * @property {string} text as it stands there, on one line, without comment
 * @property {number} [block] line of the block that it is part of; none for inline code
 */

/**
 * @param {{ file: string, text: string }} document
 * @returns {Command[]} of all blocks of shell, of other blocks where a line begins with a program, and
 *   of inline code
 */
export function commandsOf(document) {
  const { file } = document;
  const inBlocks = blocksOf(document).flatMap((block) =>
    linesOf(block)
      .filter(({ text }) => SHELL.has(block.language) || PROGRAM.test(`${text} `))
      .map((line) => ({ file, block: block.line, ...line })),
  );
  // The name of a program alone is no command there.
  const inline = inlineCodeOf(document)
    .filter(({ text }) => PROGRAM.test(text))
    .map((code) => ({ file, ...code }));
  return [...inBlocks, ...inline];
}

/** Lines that end in a backslash go on in the next one. */
function linesOf({ line, text }) {
  const found = [];
  let open = "";
  let first = line;
  for (const [index, content] of text.split("\n").entries()) {
    if (open === "") first = line + index;
    const bare = withoutComment(content).trim().replace(/^\$ /, "");
    if (bare.endsWith("\\")) {
      open += `${bare.slice(0, -1).trim()} `;
      continue;
    }
    const whole = open + bare;
    open = "";
    if (whole) found.push({ line: first, text: whole });
  }
  return found;
}

function withoutComment(line) {
  const [comment] = /(?:^|\s)#(?=\s).*$/.exec(line) ?? [];
  return comment === undefined ? line : line.slice(0, -comment.length);
}

/**
 * @param {string} command
 * @returns {string[]} its words, without quotes, variables in front, and placeholders (`...`, `<name>`,
 *   `[name...]`)
 */
export function wordsOf(command) {
  const plain = command.replace(/<[a-z][^<>]*>/g, "");
  const words = [...plain.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"'])+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
  while (/^[A-Z][A-Z_\d]*=/.test(words[0] ?? "")) words.shift();
  return words.filter((word) => !/^(?:\.\.\.|…|\[.*|.*\.\.\.\])$/.test(word));
}
