/**
 * Checks what no compiler does: which room names which, who may say `unsafe`, how long files are,
 * that the files for each system have the same functions, that the paths they name exist, that retired words are gone, and that nothing of one machine is
 * in them. Prints `file:line: message` and fails if any.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkPaths } from "./lib/named-paths.mjs";
import { checkTextFile, checkUnsafe } from "./lib/repo-rules.mjs";
import { checkRetiredWords } from "./lib/retired-words.mjs";
import { checkRustFile } from "./lib/rooms.mjs";
import { ROOT } from "./lib/run.mjs";
import { tokenize } from "./lib/rust-tokens.mjs";
import { checkSystemSides } from "./lib/system-sides.mjs";

const ALLOW_LIST = "scripts/unsafe-allowed.txt";
const GLOSSARY = "docs/glossary.md";
const RETIRED_ALLOW_LIST = "scripts/retired-allowed.txt";
const BINARY = /\.(?:png|jpe?g|gif|webp|ico|woff2?|ttf|otf|mp[34]|webm|mov|wav|m4a|aac|node|bin)$/i;
const MAX_BYTES = 2_000_000;

/**
 * @param {{ file: string, text: string }[]} files of the repository
 * @param {string[]} [paths] of everything in it, binary files included
 * @returns {import("./lib/rooms.mjs").Problem[]} one rule after the other, each in the files' order
 */
export function checkFiles(files, paths = files.map(({ file }) => file)) {
  const problems = [];
  const rustTokens = new Map();
  let allowList = "";
  for (const { file, text } of files) {
    problems.push(...checkTextFile(file, text));
    if (file === ALLOW_LIST) allowList = text;
    if (!file.endsWith(".rs")) continue;
    problems.push(...checkRustFile(file, text));
    rustTokens.set(file, tokenize(text));
  }
  return [
    ...problems,
    ...checkUnsafe(rustTokens, allowList, ALLOW_LIST),
    ...checkSystemSides(files),
    ...checkPaths(files, paths),
    ...checkRetiredWords(files, GLOSSARY, RETIRED_ALLOW_LIST),
  ];
}

/** Every file git tracks or would track. */
function repositoryPaths() {
  const list = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  return [...new Set(list.split("\0"))].filter((file) => file && existsSync(join(ROOT, file)));
}

function readTexts(paths) {
  return paths
    .filter((file) => !BINARY.test(file))
    .map((file) => ({ file, bytes: readFileSync(join(ROOT, file)) }))
    .filter(({ bytes }) => bytes.length <= MAX_BYTES)
    .map(({ file, bytes }) => ({ file, text: bytes.toString("utf8") }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const paths = repositoryPaths();
  const files = readTexts(paths);
  const problems = checkFiles(files, paths);
  for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
  console.log(`rooms: ${files.length} files, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
