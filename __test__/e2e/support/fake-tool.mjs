/** Programs that stand in for a browser or for ffmpeg and misbehave. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes an executable shell script.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {string} name
 * @param {string} body shell commands
 * @returns {string} its path
 */
export function script(ws, name, body) {
  const path = join(ws.dir, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

/**
 * An ffmpeg that is the real one, except when it is to encode frames.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {string} encode shell commands for that case
 */
export function fakeFfmpeg(ws, encode) {
  const real = execFileSync("sh", ["-c", "command -v ffmpeg"], { encoding: "utf8" }).trim();
  const body = `case "$*" in\n*-framerate*" -i - "*)\n${encode}\n;;\n*) exec "${real}" "$@";;\nesac`;
  return script(ws, "fake-ffmpeg", body);
}
