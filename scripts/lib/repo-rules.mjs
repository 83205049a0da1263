/** Rules for every text file of the repository, whatever its language. */

/** @typedef {import("./rooms.mjs").Problem} Problem */

const MAX_LINES = 450;
const SOURCE = /\.(?:rs|ts|js|mjs|cjs|sh|ya?ml)$/;
const NOT_HAND_WRITTEN = [
  /^native\//,
  /^js\/wire\/generated\.ts$/,
  /^examples\/.*\/vendor\//,
  /^__test__\/.*\/vendor\//,
];

/** Folders that exist on one machine only, at the start of a path. */
const MACHINE_PATH = /(?<![\w./\\-])\/(?:work|root|(?:home|Users)\/[\w.-]+|tmp\/[\w.-]+)\//;
const FOREIGN_REGISTRY = /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)/;
const UNOWNED_NOTE = /\b(?:TO)DO\b(?!\([\w@.-]+\))|\bFIX(?:ME)\b(?!\([\w@.-]+\))/;

/**
 * @param {string} file path from the repository's root, with forward slashes
 * @param {string} text
 * @returns {Problem[]}
 */
export function checkTextFile(file, text) {
  const lines = text.split("\n");
  const problems = [];
  if (SOURCE.test(file) && !isVendored(file) && lines.length - 1 > MAX_LINES) {
    const message = `${lines.length - 1} lines; split it, ${MAX_LINES} is the most`;
    problems.push({ file, line: MAX_LINES + 1, message });
  }
  lines.forEach((content, index) => {
    const problem = (message) => problems.push({ file, line: index + 1, message });
    const path = isVendored(file) ? null : MACHINE_PATH.exec(content);
    if (path) problem(`"${path[0]}" is a path of one machine; use a relative or temporary one`);
    if (FOREIGN_REGISTRY.test(content)) problem("a package registry other than npm's own");
    if (SOURCE.test(file) && !isVendored(file) && UNOWNED_NOTE.test(content)) {
      problem("a note of unfinished work without an owner: finish it, or name who will");
    }
  });
  return problems;
}

/**
 * `unsafe` only where the allow-list says so, and no entry that has lost its reason.
 *
 * @param {Map<string, { text: string, line: number }[]>} rustTokens by file
 * @param {string} allowList text of the allow-list: `path  # reason` per line
 * @param {string} allowListFile its path
 * @returns {Problem[]}
 */
export function checkUnsafe(rustTokens, allowList, allowListFile) {
  const problems = [];
  const allowed = new Map();
  allowList.split("\n").forEach((content, index) => {
    if (!content.trim() || content.startsWith("#")) return;
    const [file, reason] = content.split("#").map((part) => part.trim());
    allowed.set(file, index + 1);
    if (!reason) {
      const message = `"${file}" has no reason: write \`path  # reason\``;
      problems.push({ file: allowListFile, line: index + 1, message });
    }
  });
  for (const [file, tokens] of rustTokens) {
    const token = tokens.find(({ text }) => text === "unsafe");
    if (token && !allowed.has(file)) {
      const message = `\`unsafe\` outside the allow-list ${allowListFile}`;
      problems.push({ file, line: token.line, message });
    }
    if (token) allowed.delete(file);
  }
  for (const [file, line] of allowed) {
    problems.push({ file: allowListFile, line, message: `"${file}" has no \`unsafe\`: remove it` });
  }
  return problems;
}

function isVendored(file) {
  return NOT_HAND_WRITTEN.some((pattern) => pattern.test(file));
}
