/** Fenced blocks and inline code of the Markdown files that people read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lineAt } from "../markdown.mjs";
import { ROOT } from "../run.mjs";

/** Made from other files; what is in them is checked where it comes from. */
const GENERATED = /^docs\/(?:api|benchmarks)\//;

/**
 * @typedef {{ file: string, line: number, language: string, text: string }} Block `line` is that of
 *   its first line, from 1
 */

/** @returns {{ file: string, text: string }[]} documents of the root and of docs/, sorted by path */
export function documents() {
  const inDocs = readdirSync(join(ROOT, "docs"), { recursive: true }).map((name) => `docs/${name}`);
  return [...readdirSync(ROOT), ...inDocs]
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".md") && file !== "CHANGELOG.md" && !GENERATED.test(file))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));
}

/**
 * @param {{ file: string, text: string }} document
 * @returns {Block[]}
 */
export function blocksOf({ file, text }) {
  const found = text.matchAll(/^( *)```([^\n]*)\n([\s\S]*?)^ *```[^\S\n]*$/gm);
  return [...found].map(({ 1: indent, 2: language, 3: body, index }) => ({
    file,
    line: lineAt(text, index) + 1,
    language: language.trim(),
    text: body.replace(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/**
 * @param {{ file: string, text: string }} document
 * @returns {{ line: number, text: string }[]} code between single backticks, outside of blocks
 */
export function inlineCodeOf({ text }) {
  const prose = text.replace(/^ *```[\s\S]*?^ *```[^\S\n]*$/gm, (block) =>
    block.replace(/[^\n]/g, " "),
  );
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)].map(({ 1: code, index }) => ({
    line: lineAt(text, index),
    text: code.replace(/\s+/g, " "),
  }));
}
