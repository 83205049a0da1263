/** Just enough of Rust's grammar to see which paths a file names. */

/**
 * @typedef {{ text: string, line: number }} Token `line` counts from 1
 */

const PATTERN = new RegExp(
  [
    String.raw`(?<skip>\s+|\/\/[^\n]*)`,
    String.raw`(?<comment>\/\*)`,
    '(?<raw>(?:b|c)?r(?<hashes>#*)")',
    String.raw`(?<string>(?:b|c)?"(?:\\[\s\S]|[^"\\])*")`,
    String.raw`(?<char>b?'(?:\\(?:u\{[^}]*\}|x[0-9a-fA-F]{2}|[^ux])|[^\\'])')`,
    String.raw`(?<lifetime>'[A-Za-z_]\w*)`,
    String.raw`(?<ident>(?:r#)?[A-Za-z_]\w*)`,
    "(?<separator>::)",
    String.raw`(?<other>[\s\S])`,
  ].join("|"),
  "gyu",
);

/**
 * @param {string} source Rust source text
 * @returns {Token[]} identifiers and punctuation; comments, literals and lifetimes are left out
 */
export function tokenize(source) {
  const isToken = ({ ident, separator, other }) => ident || separator || other;
  return pieces(source)
    .filter(({ groups }) => isToken(groups))
    .map(({ text, line }) => ({ text: text.replace(/^r#/, ""), line }));
}

/**
 * @param {string} source Rust source text
 * @returns {Token[]} its comments, one for each line comment and each block
 */
export function rustComments(source) {
  return pieces(source)
    .filter(({ groups, text }) => groups.comment || text.startsWith("//"))
    .map(({ text, line }) => ({ text, line }));
}

function pieces(source) {
  const found = [];
  let line = 1;
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < source.length) {
    const start = PATTERN.lastIndex;
    const { groups } = PATTERN.exec(source);
    if (groups.comment) PATTERN.lastIndex = endOfBlockComment(source, start);
    if (groups.raw) PATTERN.lastIndex = endOfRawString(source, PATTERN.lastIndex, groups.hashes);
    const text = source.slice(start, PATTERN.lastIndex);
    found.push({ text, line, groups });
    line += text.split("\n").length - 1;
  }
  return found;
}

/** Block comments nest in Rust. */
function endOfBlockComment(source, start) {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const pair = source.slice(at, at + 2);
    if (pair === "/*") depth++;
    if (pair === "*/") depth--;
    if (pair === "/*" || pair === "*/") at++;
    if (depth === 0) return at + 1;
  }
  return source.length;
}

function endOfRawString(source, from, hashes) {
  const end = source.indexOf(`"${hashes}`, from);
  return end === -1 ? source.length : end + 1 + hashes.length;
}

/**
 * Absolute paths that a module names, with `self` and `super` resolved and groups
 * (`use crate::{a::B, c}`) spread out.
 *
 * @param {Token[]} tokens of one file
 * @param {string[]} modulePath of that file, `["capture", "worker"]` for src/capture/worker.rs
 * @returns {{ path: string[], line: number }[]} from the crate's root, without `crate`
 */
export function cratePaths(tokens, modulePath) {
  const found = [];
  const at = (index) => tokens[index]?.text;
  // One entry per open brace: the inline module's name, or nothing for any other block.
  const braces = [];
  for (let i = 0; i < tokens.length; i++) {
    const { text } = tokens[i];
    if (text === "{") braces.push(at(i - 2) === "mod" ? at(i - 1) : undefined);
    if (text === "}") braces.pop();
    const starts = ["crate", "self", "super"].includes(text);
    if (!starts || at(i + 1) !== "::" || at(i - 1) === "::") continue;
    const base = text === "crate" ? [] : [...modulePath, ...braces.filter(Boolean)];
    if (text === "super") base.pop();
    i = readPath(tokens, i + 2, base, found) - 1;
  }
  return found;
}

/** Reads the rest of a path from `index`, which is after a `::`; returns where it stopped. */
function readPath(tokens, index, base, found) {
  const at = (i) => tokens[i]?.text;
  let path = base;
  const { line } = tokens[Math.min(index, tokens.length - 1)];
  while (/^(?:\w+|\*)$/.test(at(index) ?? "")) {
    if (at(index) === "super") path = path.slice(0, -1);
    else if (at(index) !== "self") path = [...path, at(index)];
    index++;
    if (at(index) !== "::") break;
    index++;
  }
  if (at(index) !== "{" || at(index - 1) !== "::") {
    found.push({ path, line });
    return index;
  }
  index++;
  while (index < tokens.length && at(index) !== "}") {
    const next = readPath(tokens, index, path, found);
    // Attributes and `as` names between entries are nobody's path.
    index = next;
    while (index < tokens.length && at(index) !== "," && at(index) !== "}") index++;
    if (at(index) === ",") index++;
  }
  return index + 1;
}
