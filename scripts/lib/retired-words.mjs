/** Words that the glossary has retired: where they still stand, and what is said instead. */
import { lineAt } from "./markdown.mjs";

/** @typedef {import("./rooms.mjs").Problem} Problem */
/**
 * @typedef {object} RetiredWord
 * @property {string} word
 * @property {string} instead
 * @property {RegExp} files of which paths it is retired in
 * @property {string[]} except beginnings of names that may contain it
 * @property {RegExp} pattern
 */

const ROW = /^\|(?<words>[^|]+)\|(?<instead>[^|]+)\|(?<files>[^|]*)\|(?<except>[^|]*)\|$/gm;

/**
 * Reads the table under the heading "Retired words". Its columns: the words, what to say, the
 * files it is about (all when empty), and names that may contain the word.
 *
 * @param {string} glossary text of docs/glossary.md
 * @returns {RetiredWord[]}
 */
export function retiredWords(glossary) {
  const [, table = ""] = glossary.split(/^## Retired words$/m);
  return [...table.matchAll(ROW)].flatMap(({ groups }) => {
    const files = quoted(groups.files);
    const rest = {
      instead: groups.instead.trim().replaceAll("`", ""),
      files: files.length > 0 ? new RegExp(`^(?:.*/)?(?:${files.map(glob).join("|")})$`) : /^/,
      except: quoted(groups.except).map((name) => name.replace(/\*$/, "")),
    };
    return quoted(groups.words).map((word) => ({ word, pattern: patternOf(word), ...rest }));
  });
}

/**
 * @param {{ file: string, text: string }[]} files of the repository
 * @param {string} glossaryFile the file that retires words; it may name them
 * @param {string} allowListFile lines of `path [word ...]  # reason`; without a word, all of them
 * @returns {Problem[]}
 */
export function checkRetiredWords(files, glossaryFile, allowListFile) {
  const textOf = (name) => files.find(({ file }) => file === name)?.text ?? "";
  const words = retiredWords(textOf(glossaryFile));
  const allowed = new AllowList(textOf(allowListFile), allowListFile);
  const problems = files
    .filter(({ file }) => file !== glossaryFile && file !== allowListFile)
    .flatMap(({ file, text }) => words.flatMap((word) => uses(word, file, text, allowed)));
  return [...problems, ...allowed.problems()];
}

function uses({ word, instead, files, except, pattern }, file, text, allowed) {
  if (!files.test(file)) return [];
  const message = `"${word}" is retired: say ${instead}`;
  const found = [...text.matchAll(pattern)].filter(({ index }) => !isExcepted(text, index, except));
  const lines = new Set(found.map(({ index }) => lineAt(text, index)));
  const problems = [...lines].map((line) => ({ file, line, message }));
  if (new RegExp(pattern).test(file)) {
    problems.unshift({ file, line: 1, message: `the file's name: ${message}` });
  }
  return problems.length > 0 && allowed.takes(file, word) ? [] : problems;
}

function isExcepted(text, index, except) {
  const before = /[\w-]*$/.exec(text.slice(Math.max(0, index - 80), index))[0];
  const name = text.slice(index - before.length, index + 80);
  return except.some((beginning) => name.startsWith(beginning));
}

/**
 * A word of lower-case letters is found in any writing, also as a part of a longer name
 * (`word`: `Word`, `words`, `lastWord`, `WORD`); a phrase across lines and their comment marks;
 * every other name exactly as it stands.
 */
function patternOf(word) {
  if (/\s/.test(word)) {
    const parts = word.split(/\s+/).map(escaped);
    return new RegExp(`\\b${parts.join(String.raw`\s+(?:(?:\/\/[/!]?|\*|#)\s*)?`)}\\b`, "gi");
  }
  if (!/^[a-z]+$/.test(word)) return new RegExp(`(?<![\\w])${escaped(word)}(?![\\w])`, "g");
  const title = word[0].toUpperCase() + word.slice(1);
  const upper = word.toUpperCase();
  const alone = `(?<![A-Za-z])(?:${word}|${title})s?(?![a-z])`;
  return new RegExp(`${alone}|(?<=[a-z0-9])${title}s?(?![a-z])|(?<![A-Z])${upper}(?![A-Z])`, "g");
}

class AllowList {
  constructor(text, file) {
    this.file = file;
    this.entries = text.split("\n").flatMap((content, index) => {
      if (!content.trim() || content.startsWith("#")) return [];
      const [entry, reason] = content.split("#").map((part) => part.trim());
      const [path, ...words] = entry.split(/\s+/);
      const pattern = new RegExp(`^${glob(path)}$`);
      return [{ path, pattern, words, reason, line: index + 1, used: false }];
    });
  }

  takes(file, word) {
    const entry = this.entries.find(
      ({ pattern, words }) => pattern.test(file) && (words.length === 0 || words.includes(word)),
    );
    if (entry) entry.used = true;
    return Boolean(entry);
  }

  problems() {
    return this.entries.flatMap(({ path, line, reason, used }) => {
      const problem = (message) => [{ file: this.file, line, message }];
      if (!reason) return problem(`"${path}" has no reason: write \`path [word]  # reason\``);
      return used ? [] : problem(`"${path}" has no retired word: remove it`);
    });
  }
}

function quoted(cell) {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
}

function glob(path) {
  return escaped(path).replace(/(?:\\\*)+/g, (stars) => (stars.length > 2 ? ".*" : "[^/]*"));
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
