#!/usr/bin/env node
/** Prints how many lines the files of each part of the repository have; `--rooms` for each room, too. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ROOT } from "./lib/run.mjs";

const PARTS = ["src", "js", "scripts", "benches", "__test__"];
const CODE = /\.(?:rs|ts|js|mjs|cjs)$/;
/** Generated, or written by others. */
const NOT_OURS = /^js\/wire\/generated\.ts$|\/vendor\/|^__test__\/fixtures\//;
const LARGEST = 10;

/**
 * @param {number[]} lines of files
 * @returns {{ files: number, lines: number, median: number, p90: number, max: number }}
 */
export function sizeOf(lines) {
  const sorted = lines.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  const total = sorted.reduce((sum, count) => sum + count, 0);
  return { files: sorted.length, lines: total, median: at(0.5), p90: at(0.9), max: sorted.at(-1) };
}

/** @returns {{ file: string, lines: number }[]} of code that git tracks or would track */
export function codeFiles() {
  const list = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", ...PARTS], {
    cwd: ROOT,
    encoding: "utf8",
    timeout: 60_000,
  });
  return [...new Set(list.trim().split("\n"))]
    .filter((file) => CODE.test(file) && !NOT_OURS.test(file) && existsSync(join(ROOT, file)))
    .map((file) => ({
      file,
      lines: readFileSync(join(ROOT, file), "utf8").split("\n").length - 1,
    }));
}

function main() {
  const { values } = parseArgs({ options: { rooms: { type: "boolean", default: false } } });
  const files = codeFiles();
  const groups = new Map([["all", []]]);
  for (const { file, lines } of files) {
    const [part, room] = file.split("/");
    const names = ["all", part, ...(values.rooms && room.includes(".") ? [] : [`${part}/${room}`])];
    for (const name of values.rooms ? names : names.slice(0, 2)) {
      groups.set(name, [...(groups.get(name) ?? []), lines]);
    }
  }
  const rows = [...groups].sort(([a], [b]) => a.localeCompare(b, "en"));
  console.log("                      files   lines  median  p90  max");
  for (const [name, lines] of rows) {
    const size = sizeOf(lines);
    const cells = [
      [size.files, 6],
      [size.lines, 8],
      [size.median, 8],
      [size.p90, 5],
      [size.max, 5],
    ];
    console.log(name.padEnd(21) + cells.map(([n, width]) => String(n).padStart(width)).join(""));
  }
  console.log(`\nthe ${LARGEST} largest`);
  for (const { file, lines } of files.sort((a, b) => b.lines - a.lines).slice(0, LARGEST)) {
    console.log(`${String(lines).padStart(5)}  ${file}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
