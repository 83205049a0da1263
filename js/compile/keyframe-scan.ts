/**
 * Keeps the compile stage from looking for the keyframes of every clip. It does so to warn of
 * clips that are slow to seek, holds its other probes up meanwhile, and goes on in the background
 * of the render; the native engine decodes clips from their beginning and never seeks.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { delimiter, join } from "node:path";

const VARIABLE = "HYPERFRAMES_FFPROBE_PATH";
/** Of ffprobe's arguments, the one that only that look has. */
const KEYFRAMES_ONLY = "nokey";
const TRIAL_MS = 2_000;

/** What stands before ffprobe while jobs need it, for all of them. */
let standIn: { dir: string; path: string; before: string | undefined } | undefined;
let jobs = 0;

/**
 * Puts a script before the producer's ffprobe that answers such a look with "no keyframes" and
 * passes everything else on. Without an ffprobe, or where scripts cannot be run, nothing changes.
 *
 * @returns ends it for this job; may be called more than once
 */
export function skipKeyframeScans(): () => void {
  jobs += 1;
  if (jobs === 1) standIn = put();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    jobs -= 1;
    if (jobs === 0) takeAway();
  };
}

/** The environment as it would be without the script. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  if (!standIn || process.env[VARIABLE] !== standIn.path) return process.env;
  const { [VARIABLE]: _, ...others } = process.env;
  return standIn.before === undefined ? others : { ...others, [VARIABLE]: standIn.before };
}

function put(): typeof standIn {
  const before = process.env[VARIABLE];
  const real = before?.trim() || onPath("ffprobe");
  if (!real || process.platform === "win32") return undefined;
  let dir: string | undefined;
  try {
    // Named as a job's scratch folder: if this process is killed, the next job sweeps it.
    dir = mkdtempSync(join(os.tmpdir(), `hf-native-job-${process.pid}-ffprobe-`));
    const path = join(dir, "ffprobe");
    const quoted = `'${real.replaceAll("'", "'\\''")}'`;
    const script = `#!/bin/sh
for word; do [ "$word" = ${KEYFRAMES_ONLY} ] && exit 0; done
exec ${quoted} "$@"
`;
    writeFileSync(path, script, { mode: 0o700 });
    assertRuns(path);
    process.env[VARIABLE] = path;
    return { dir, path, before };
  } catch {
    // A temporary folder that is full, read-only or not for programs only costs the look's time.
    if (dir) rmSync(dir, { recursive: true, force: true });
    return undefined;
  }
}

/** A file system without programs, or a system without a shell, would break every ffprobe. */
function assertRuns(script: string): void {
  accessSync(script, constants.X_OK);
  const { status } = spawnSync(script, [KEYFRAMES_ONLY], { stdio: "ignore", timeout: TRIAL_MS });
  if (status !== 0) throw new Error(`${script} does not run`);
}

function takeAway(): void {
  if (!standIn) return;
  const { dir, path, before } = standIn;
  standIn = undefined;
  if (process.env[VARIABLE] === path) {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  }
  rmSync(dir, { recursive: true, force: true });
}

function onPath(tool: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
