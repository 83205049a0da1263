/**
 * Checks that every wait of the code ends: in a deadline, or as docs/waits.md says. A wait that is in
 * neither fails the check, and so does a row of the table whose wait is gone.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openWaitsOfScript } from "./lib/js-waits.mjs";
import { ROOT } from "./lib/run.mjs";
import { openWaits, testModules } from "./lib/rust-waits.mjs";

const TABLE = "docs/waits.md";

/**
 * @param {{ file: string, text: string }[]} files of src/ and js/
 * @param {string} table text of the document
 * @returns {import("./lib/rooms.mjs").Problem[]}
 */
export function checkWaits(files, table) {
  const listed = rowsOf(table);
  const problems = [];
  for (const row of listed.values()) {
    for (const [name, value] of Object.entries({ ends: row.ends, bound: row.bound })) {
      if (value) continue;
      problems.push({ file: TABLE, line: row.line, message: `the row has no "${name}"` });
    }
  }
  const seen = new Set();
  for (const { file, fn, call, line } of allWaits(files)) {
    const key = `${file} ${fn} ${call}`;
    seen.add(key);
    if (listed.has(key)) continue;
    const message =
      `\`${call}\` in \`${fn}\` waits without a deadline: give it one, or say in ${TABLE} what ` +
      "ends it and when at the latest";
    problems.push({ file, line, message });
  }
  for (const [key, { line }] of listed) {
    if (!seen.has(key)) problems.push({ file: TABLE, line, message: `no such wait: ${key}` });
  }
  return problems;
}

function allWaits(files) {
  const tests = new Set(files.flatMap(({ file, text }) => testFilesOf(file, text)));
  return files
    .filter(({ file }) => !tests.has(file))
    .flatMap(({ file, text }) => {
      const find = file.endsWith(".rs") ? openWaits : openWaitsOfScript;
      return find(text).map((wait) => ({ file, ...wait }));
    });
}

/** Paths of modules that are compiled for tests only. */
function testFilesOf(file, text) {
  if (!file.endsWith(".rs")) return [];
  const dir = file.replace(/(?:\/(?:mod|lib))?\.rs$/, "");
  return testModules(text).flatMap((name) => [`${dir}/${name}.rs`, `${dir}/${name}/mod.rs`]);
}

/** The rows of the document's tables by file, function and call. */
function rowsOf(table) {
  const rows = new Map();
  let file = "";
  table.split("\n").forEach((content, index) => {
    const heading = /^### `([^`]+)`$/.exec(content);
    if (heading) file = heading[1];
    const cells = content.split("|").map((cell) => cell.trim());
    const [, place, ends, bound] = cells;
    const named = /^`([^`]+)`: `([^`]+)`$/.exec(place ?? "");
    if (named) rows.set(`${file} ${named[1]} ${named[2]}`, { ends, bound, line: index + 1 });
  });
  return rows;
}

function sources() {
  const list = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard", "src", "js"], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 60_000,
  });
  return list
    .split("\0")
    .filter((file) => /\.(?:rs|ts)$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = sources();
  const problems = checkWaits(files, readFileSync(join(ROOT, TABLE), "utf8"));
  for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
  console.log(`waits: ${files.length} files, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
