/**
 * Modules that have one file for each operating system. Only one of them is compiled here, so a
 * function that another lacks, or has otherwise, would show on that system only.
 */
import { posix } from "node:path";
import { tokenize } from "./rust-tokens.mjs";

/** @typedef {import("./rooms.mjs").Problem} Problem */

/** A module in a file of another name, and whether only tests have it. */
const MODULE = /((?:#\[[^\n]*\]\n)*)#\[path = "([^"]+)"\]\n(?:pub(?:\([^)]*\))? )?mod (\w+);/g;
const OPEN = new Set(["(", "[", "{"]);
const CLOSE = new Set([")", "]", "}"]);

/**
 * @param {{ file: string, text: string }[]} files of the repository
 * @returns {Problem[]} what the files of one module do not have in common
 */
export function checkSystemSides(files) {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const problems = [];
  for (const [file, text] of texts) {
    if (file.endsWith(".rs")) {
      for (const sides of sidesIn(file, text)) problems.push(...differences(sides, texts));
    }
  }
  return problems;
}

/** The files of each module that `file` declares more than once. */
function sidesIn(file, text) {
  const modules = new Map();
  for (const [, attributes, path, name] of text.matchAll(MODULE)) {
    if (/cfg\([^\n]*\btest\b/.test(attributes)) continue;
    const side = posix.join(posix.dirname(file), path);
    modules.set(name, [...(modules.get(name) ?? []), side]);
  }
  return [...modules.values()].filter((sides) => sides.length > 1);
}

function differences(sides, texts) {
  const surfaces = sides.map((file) => ({ file, items: itemsOf(texts.get(file) ?? "") }));
  const names = new Set(surfaces.flatMap(({ items }) => [...items.keys()]));
  const problems = [];
  for (const name of names) {
    const [first, ...others] = surfaces.filter(({ items }) => items.has(name));
    for (const { file } of surfaces.filter(({ items }) => !items.has(name))) {
      problems.push({ file, line: 1, message: `${name} is missing, which ${first.file} has` });
    }
    const { shape } = first.items.get(name);
    for (const { file, items } of others) {
      const own = items.get(name);
      if (own.shape === shape) continue;
      const message = `${name} is "${own.shape}", in ${first.file} "${shape}"`;
      problems.push({ file, line: own.line, message });
    }
  }
  return problems;
}

/**
 * What other files may use of one: functions with their parameters' number and what they return, and the
 * names of types. A method with `pub(in …)` is how the sides of two modules speak, and not looked at.
 */
function itemsOf(text) {
  const items = new Map();
  const tokens = withoutTests(tokenize(text));
  const at = (index) => tokens[index]?.text ?? "";
  let owner = "";
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    if (at(i) === "impl" && depth === 0) owner = ownerOf(tokens, i);
    if (at(i) === "{") depth++;
    if (at(i) === "}" && --depth === 0) owner = "";
    if (at(i) !== "pub") continue;
    const isOwn = at(i + 1) === "(" && at(i + 2) === "in";
    let next = at(i + 1) === "(" ? closing(tokens, i + 1) + 1 : i + 1;
    while (["const", "async", "unsafe"].includes(at(next)) && at(next + 1) !== ":") next++;
    const [kind, name] = [at(next), at(next + 1)];
    const { line } = tokens[i];
    if (["struct", "enum", "type", "trait"].includes(kind)) {
      items.set(name, { shape: "a type", line });
    } else if (kind === "fn" && !(isOwn && owner !== "")) {
      items.set(owner ? `${owner}::${name}` : name, { shape: shapeOf(tokens, next + 2), line });
    }
  }
  return items;
}

/** The type that an `impl` is for; empty for one of a trait, whose functions are not marked public. */
function ownerOf(tokens, from) {
  let end = from + 1;
  while (end < tokens.length && tokens[end].text !== "{") end++;
  const words = tokens.slice(from + 1, end).map(({ text }) => text);
  const target = words.includes("for") ? words.slice(words.lastIndexOf("for") + 1) : words;
  const plain = target.filter((word) => /^\w+$/.test(word));
  return plain[0] ?? "";
}

/** Parameters and result behind a function's name, with the types of parameters left out. */
function shapeOf(tokens, from) {
  let at = from;
  while (tokens[at].text !== "(") at++;
  const end = closing(tokens, at);
  let count = 0;
  let depth = 0;
  let isEmpty = true;
  for (const { text } of tokens.slice(at + 1, end)) {
    if (OPEN.has(text) || text === "<") depth++;
    if (CLOSE.has(text) || text === ">") depth--;
    if (text === "," && depth === 0) isEmpty = true;
    else if (isEmpty) {
      isEmpty = false;
      count++;
    }
  }
  const result = [];
  for (let i = end + 1; !["{", ";", "where"].includes(tokens[i]?.text ?? ";"); i++) {
    result.push(tokens[i].text);
  }
  return `${count} parameters ${result.join("")}`.trim();
}

/** Tokens without what is behind `#[cfg(test)]`. */
function withoutTests(tokens) {
  const kept = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].text !== "#" || tokens[i + 1]?.text !== "[") {
      kept.push(tokens[i]);
      continue;
    }
    const end = closing(tokens, i + 1);
    const words = tokens.slice(i, end).map(({ text }) => text);
    i = end;
    if (!words.includes("cfg") || !words.includes("test")) continue;
    i++;
    while (i < tokens.length && !["{", ";"].includes(tokens[i].text)) {
      i = OPEN.has(tokens[i].text) ? closing(tokens, i) + 1 : i + 1;
    }
    if (tokens[i]?.text === "{") i = closing(tokens, i);
  }
  return kept;
}

/** The index of the bracket that closes the one at `from`. */
function closing(tokens, from) {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    if (OPEN.has(tokens[i].text)) depth++;
    if (CLOSE.has(tokens[i].text) && --depth === 0) return i;
  }
  return tokens.length - 1;
}
