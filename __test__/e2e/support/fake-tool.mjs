/** Programs that stand in for a browser or for ffmpeg and misbehave. */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
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

/**
 * A real tool that, in one of its uses, waits until it is let go on, at most a minute.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {"ffmpeg" | "ffprobe"} tool
 * @param {string} use shell pattern of the arguments in that use
 * @param {"before" | "after"} when it waits: before it works, or after it has
 * @returns {{ path: string, reached: () => boolean, open: () => void }} the program, whether one
 *   waits or waited, and what lets all go on
 */
export function gatedTool(ws, tool, use, when) {
  const real = execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim();
  const [came, opened] = [join(ws.dir, `${tool}-came`), join(ws.dir, `${tool}-open`)];
  const wait = `touch "${came}"; left=600
while [ ! -e "${opened}" ] && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.1; done`;
  const gated =
    when === "before" ? `${wait}\nexec "${real}" "$@"` : `"${real}" "$@" || exit\n${wait}`;
  const path = script(
    ws,
    `gated-${tool}`,
    `case "$*" in\n${use})\n${gated}\n;;\n*) exec "${real}" "$@";;\nesac`,
  );
  return { path, reached: () => existsSync(came), open: () => writeFileSync(opened, "") };
}
