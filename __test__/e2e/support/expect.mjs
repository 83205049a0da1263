/** What has to hold after every render, good or bad. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { survivors } from "./processes.mjs";

/** Content of the file that is at the output path before a render that must not touch it. */
const BEFORE = "a file that was there before";

/** @param {string} file */
export function putExisting(file) {
  writeFileSync(file, BEFORE);
}

/** @param {string} file */
export function assertUntouched(file) {
  assert.equal(existsSync(file) && readFileSync(file, "utf8"), BEFORE, "the existing output");
}

/**
 * Asserts that neither a process nor a temporary file is left.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 */
export async function assertClean(ws) {
  assert.deepEqual(await survivors(ws.dir), [], "processes left after 2 s");
  assert.deepEqual(ws.leftovers(), [], "files left");
}

/**
 * Asserts that a program ended by itself, with the given code.
 *
 * @param {import("./run.mjs").Finished} end
 * @param {number} code
 */
export function assertExit(end, code) {
  assert.equal(end.timedOut, false, `it did not end:\n${end.text}`);
  assert.equal(end.code, code, end.text);
}

/**
 * Asserts that a render by the CLI failed with one error.
 *
 * @param {import("./run.mjs").Finished} end
 * @param {RegExp} message
 */
export function assertOneError(end, message) {
  assertExit(end, 1);
  assert.match(end.stderr, message);
  assert.equal(end.stderr.match(/^✗ /gm)?.length, 1, `one error:\n${end.stderr}`);
}

/**
 * What `--debug` prints of the finished render.
 *
 * @param {import("./run.mjs").Finished} end
 * @returns {any}
 */
export function nativeSummary({ stdout, stderr }) {
  const text = `${stdout}\n${stderr}`;
  const json = /\[Native\] render finished (\{.*\})/.exec(text)?.[1];
  assert.ok(json, text);
  return JSON.parse(json);
}

/**
 * Asserts that the native engine made the render that this output tells about.
 *
 * @param {import("./run.mjs").Finished} end
 * @param {number} times how many renders
 */
export function assertNative(end, times = 1) {
  const lines = end.text.match(/\[Native\] render finished/g) ?? [];
  assert.equal(lines.length, times, end.text);
}
