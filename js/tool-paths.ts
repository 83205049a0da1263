/** The programs that somebody has named: browser, ffmpeg and ffprobe. */
import { statSync } from "node:fs";
import { NativeRenderError } from "./errors.js";
import type { EngineConfig } from "./types.js";

/** A path and the name of what it was set by. */
export interface NamedPath {
  setting: string;
  path: string;
}

const BROWSER_VARIABLES = ["PRODUCER_HEADLESS_SHELL_PATH", "HYPERFRAMES_BROWSER_PATH"] as const;

/** The browser to use, in order of precedence; undefined when nobody names one. */
export function namedBrowser(config: EngineConfig, env: NodeJS.ProcessEnv): NamedPath | undefined {
  const fromEnv = BROWSER_VARIABLES.flatMap((setting) => named(setting, env[setting]));
  const [configured] = named("chromePath in the engine configuration", config.chromePath);
  if (!configured) return fromEnv[0];
  // A resolved configuration has the variable's value in it.
  return fromEnv.find(({ path }) => path === configured.path) ?? configured;
}

/** The named encoder and prober; undefined means the one on `PATH`. */
export function namedFfmpeg(env: NodeJS.ProcessEnv) {
  const [ffmpeg] = named("HYPERFRAMES_FFMPEG_PATH", env.HYPERFRAMES_FFMPEG_PATH);
  const [ffprobe] = named("HYPERFRAMES_FFPROBE_PATH", env.HYPERFRAMES_FFPROBE_PATH);
  return { ffmpeg, ffprobe };
}

/**
 * Makes sure that a named browser is there.
 *
 * @throws NativeRenderError `HF_NATIVE_BROWSER_NOT_FOUND` naming the variable or option
 */
export function assertBrowser(config: EngineConfig, env: NodeJS.ProcessEnv): void {
  const browser = namedBrowser(config, env);
  const problem = browser && problemOf(browser.path);
  if (!problem) return;
  throw new NativeRenderError(
    "HF_NATIVE_BROWSER_NOT_FOUND",
    `${browser.setting} is set to ${browser.path}, ${problem}. Set it to a Chrome headless shell, ` +
      "or leave it out to use an installed one (`npx hyperframes browser ensure` installs one).",
    { stage: "start_browsers" },
  );
}

/**
 * Makes sure that a named ffmpeg and ffprobe are there.
 *
 * @throws NativeRenderError `HF_NATIVE_FFMPEG_NOT_FOUND` naming the variable
 */
export function assertFfmpeg(env: NodeJS.ProcessEnv): void {
  for (const [tool, program] of Object.entries(namedFfmpeg(env))) {
    const problem = program && problemOf(program.path);
    if (!problem) continue;
    throw new NativeRenderError(
      "HF_NATIVE_FFMPEG_NOT_FOUND",
      `${tool} not found at ${program.setting}="${program.path}", ${problem}. ` +
        `Set it to the program, or unset it to use the ${tool} on PATH.`,
      { stage: "encode" },
    );
  }
}

function named(setting: string, path: unknown): NamedPath[] {
  return typeof path === "string" && path.trim() !== "" ? [{ setting, path }] : [];
}

function problemOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return "which does not exist";
  return found.isDirectory() ? "which is a folder" : undefined;
}
