/** Checking that ffmpeg and ffprobe are where the environment says. */
import { statSync } from "node:fs";
import { NativeRenderError } from "../base/errors.js";
import { TOOL_VARIABLES } from "../base/ffmpeg-tools.js";

/**
 * Checks that an ffmpeg and an ffprobe that variables name exist. Upstream's compile stage checks
 * too, but its error has no code.
 *
 * @throws NativeRenderError `HF_NATIVE_FFMPEG_NOT_FOUND` naming the variable
 */
export function assertFfmpeg(env: NodeJS.ProcessEnv): void {
  for (const [tool, variable] of Object.entries(TOOL_VARIABLES)) {
    const path = env[variable]?.trim();
    const problem = path && problemOf(path);
    if (!problem) continue;
    throw new NativeRenderError(
      "HF_NATIVE_FFMPEG_NOT_FOUND",
      `${tool} not found at ${variable}="${path}", which ${problem}. Set it to the program, or ` +
        `unset it to use the ${tool} on PATH.`,
    );
  }
}

function problemOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return "does not exist";
  return found.isDirectory() ? "is a folder" : undefined;
}
