/** The folders of js/ in their order, and which files of js/ import which. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { ROOT } from "./run.mjs";

const JS = join(ROOT, "js");

/** The entry files of the package, which are in js/ itself and come last. */
export const ENTRIES = ".";

/** Each folder imports only from folders before it. */
export const ORDER = [
  ...["base", "progress", "hook", "upstream", "options", "wire", "compile"],
  ...["route", "ahead", "observation", "job", "frames", "api"],
  ...["chunks", "exports", "service", "fleet", "doctor", "bench", "cli", ENTRIES],
];

/** @returns {string[]} every TypeScript file, from js/ on, with forward slashes */
export function scriptFiles() {
  return readdirSync(JS, { recursive: true })
    .map((file) => String(file).replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts"))
    .sort();
}

/**
 * @param {string} file from js/ on
 * @returns {string} its text
 */
export function textOf(file) {
  return readFileSync(join(JS, file), "utf8");
}

/**
 * @param {string} file from js/ on
 * @returns {string[]} the files of js/ that it imports, once for each statement
 */
export function importsOf(file) {
  return [...textOf(file).matchAll(/\b(?:from|import) "(\.[^"]+)\.js"/g)].map(
    ([, path]) => `${posix.join(dirname(file), path)}.ts`,
  );
}

/**
 * @param {string} file from js/ on
 * @returns {string} the folder of js/ that it is in
 */
export function folderOf(file) {
  return file.includes("/") ? file.split("/")[0] : ENTRIES;
}
