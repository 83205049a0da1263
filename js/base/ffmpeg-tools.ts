/** ffmpeg and ffprobe: the variables that name them, and what is run. */

/** A program of ffmpeg's. */
export type FfmpegTool = "ffmpeg" | "ffprobe";

/** The variable that names each. */
export const TOOL_VARIABLES: Readonly<Record<FfmpegTool, string>> = {
  ffmpeg: "HYPERFRAMES_FFMPEG_PATH",
  ffprobe: "HYPERFRAMES_FFPROBE_PATH",
};

/** The program that its variable names, or its name, to be looked for on PATH. */
export function toolProgram(tool: FfmpegTool, env: NodeJS.ProcessEnv = process.env): string {
  return env[TOOL_VARIABLES[tool]]?.trim() || tool;
}
