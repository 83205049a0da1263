/**
 * Checks what no compiler does: which room names which, who may say `unsafe`, how long files are,
 * and that nothing of one machine is in them. Prints `file:line: message` and fails if any.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkTextFile, checkUnsafe } from "./lib/repo-rules.mjs";
import { checkRustFile } from "./lib/rooms.mjs";
import { ROOT } from "./lib/run.mjs";
import { tokenize } from "./lib/rust-tokens.mjs";

const ALLOW_LIST = "scripts/unsafe-allowed.txt";
const BINARY = /\.(?:png|jpe?g|gif|webp|ico|woff2?|ttf|otf|mp[34]|webm|mov|wav|m4a|aac|node|bin)$/i;
const MAX_BYTES = 2_000_000;

/**
 * @param {{ file: string, text: string }[]} files of the repository
 * @returns {import("./lib/rooms.mjs").Problem[]} in the order of the files
 */
export function checkFiles(files) {
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
  return [...problems, ...checkUnsafe(rustTokens, allowList, ALLOW_LIST)];
}

/** Every file git tracks or would track. */
function readRepository() {
  const list = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  return [...new Set(list.split("\0"))]
    .filter((file) => file && !BINARY.test(file) && existsSync(join(ROOT, file)))
    .map((file) => ({ file, bytes: readFileSync(join(ROOT, file)) }))
    .filter(({ bytes }) => bytes.length <= MAX_BYTES)
    .map(({ file, bytes }) => ({ file, text: bytes.toString("utf8") }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = readRepository();
  const problems = checkFiles(files);
  for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
  console.log(`rooms: ${files.length} files, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
