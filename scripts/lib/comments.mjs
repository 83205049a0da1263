/** The comments of a source file, whatever its language. */
import { rustComments } from "./rust-tokens.mjs";

/** @typedef {import("./rust-tokens.mjs").Token} Token */

const SCRIPT = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`,
    String.raw`(?<string>"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*')`,
    "(?<template>`(?:\\\\[\\s\\S]|[^`\\\\])*`)",
    String.raw`(?<regex>\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/)`,
    String.raw`(?<space>\s+)`,
    String.raw`(?<other>\w+|[\s\S])`,
  ].join("|"),
  "gy",
);

/** After these a slash begins a regular expression and is no division. */
const BEFORE_REGEX = /^(?:[(,=:[!&|?{};+*%<>~^-]|return|typeof|case|of|in)?$/;

/**
 * @param {string} file path, whose ending tells the language
 * @param {string} text
 * @returns {Token[]} comments; nothing for languages that have none, or that nobody asked for
 */
export function commentsOf(file, text) {
  if (file.endsWith(".rs")) return rustComments(text);
  if (/\.[cm]?[jt]s$/.test(file)) return scriptComments(text);
  if (/\.(?:ya?ml|toml|sh)$/.test(file)) return hashComments(text);
  return [];
}

function scriptComments(text) {
  const found = [];
  let line = 1;
  let before = "";
  SCRIPT.lastIndex = 0;
  while (SCRIPT.lastIndex < text.length) {
    const start = SCRIPT.lastIndex;
    const { groups } = SCRIPT.exec(text);
    if (groups.regex && !BEFORE_REGEX.test(before)) SCRIPT.lastIndex = start + 1;
    const piece = text.slice(start, SCRIPT.lastIndex);
    if (groups.comment) found.push({ text: piece, line });
    else if (!groups.space) before = piece;
    line += piece.split("\n").length - 1;
  }
  return found;
}

function hashComments(text) {
  return text.split("\n").flatMap((content, index) => {
    const comment = /(?:^|\s)(#.*)$/.exec(content)?.[1];
    return comment ? [{ text: comment, line: index + 1 }] : [];
  });
}
