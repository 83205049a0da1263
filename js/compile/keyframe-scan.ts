/**
 * Skips the compile stage's search for the keyframes of every clip. The search only serves a warning
 * about clips that are slow to seek, delays the other probes and goes on while the render runs; the
 * native engine decodes clips from their start and never seeks.
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TOOL_VARIABLES } from "../base/ffmpeg-tools.js";
import { onPath } from "../base/on-path.js";
import { compileTimeoutMs } from "./compile-timeout.js";
import { ffprobeScript, KEYFRAMES_ONLY } from "./ffprobe-script.js";
import { createWorkspace } from "./workspace.js";

const VARIABLE = TOOL_VARIABLES.ffprobe;
const TRIAL_MS = 2_000;
/** Upstream waits for an ffprobe as long as it takes; after that it is killed, seconds. */
const MOST_SECONDS = 300;

/** The script that replaces ffprobe, shared by all running jobs. */
let replacement:
  | { dir: string; path: string; real: string; before: string | undefined }
  | undefined;
let jobs = 0;

/**
 * Makes upstream call a script instead of ffprobe. It answers a search for keyframes with "none" and
 * passes all other calls to ffprobe (`ffprobe-script.ts`). Does nothing without an ffprobe, or where scripts cannot run.
 *
 * @returns ends the replacement for this job; may be called more than once
 */
export function skipKeyframeScans(): () => void {
  jobs += 1;
  if (jobs === 1) replacement = install();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    jobs -= 1;
    if (jobs === 0) uninstall();
  };
}

/**
 * The environment with the real ffprobe in place of the script. It is always named there: the core would
 * read the script's name in the environment of the process.
 */
export function ownEnvironment(): NodeJS.ProcessEnv {
  if (!replacement || process.env[VARIABLE] !== replacement.path) return process.env;
  return { ...process.env, [VARIABLE]: replacement.real };
}

function install(): typeof replacement {
  const before = process.env[VARIABLE];
  const real = before?.trim() || onPath("ffprobe");
  if (!real || process.platform === "win32") return undefined;
  let dir: string | undefined;
  try {
    // Like a compilation's: if this process is killed, the next one removes it.
    dir = createWorkspace().root;
    const path = join(dir, "ffprobe");
    writeFileSync(path, ffprobeScript(real, limit()), { mode: 0o700 });
    assertRuns(path);
    process.env[VARIABLE] = path;
    return { dir, path, real, before };
  } catch {
    // A temporary folder that is full, read-only or mounted noexec: the search is not skipped.
    if (dir) rmSync(dir, { recursive: true, force: true });
    return undefined;
  }
}

/** Words that end a program which is still there when compiling is given up; none where the system lacks them. */
function limit(): string {
  const words = ["timeout", "--foreground", "-s", "KILL"];
  const seconds = Math.ceil(Math.min(compileTimeoutMs() / 1000, MOST_SECONDS));
  const trial = spawnSync(words[0] ?? "", [...words.slice(1), "1", "true"], { timeout: TRIAL_MS });
  return trial.status === 0 ? [...words, seconds].join(" ") : "";
}

/** Without it, a noexec file system or a missing shell would break every call of ffprobe. */
function assertRuns(script: string): void {
  accessSync(script, constants.X_OK);
  const { status } = spawnSync(script, [KEYFRAMES_ONLY], { stdio: "ignore", timeout: TRIAL_MS });
  if (status !== 0) throw new Error(`${script} does not run`);
}

function uninstall(): void {
  if (!replacement) return;
  const { dir, path, before } = replacement;
  replacement = undefined;
  if (process.env[VARIABLE] === path) {
    if (before === undefined) delete process.env[VARIABLE];
    else process.env[VARIABLE] = before;
  }
  rmSync(dir, { recursive: true, force: true });
}
