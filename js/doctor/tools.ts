/** ffmpeg and ffprobe, and what they can do. */
import { type FfmpegTool, TOOL_VARIABLES, toolProgram } from "../base/ffmpeg-tools.js";
import { run } from "./command.js";
import { bad, type Finding, note, ok } from "./finding.js";

const INSTALL =
  "Install ffmpeg (apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg)";

/** What a render of each kind needs of ffmpeg. */
const ENCODERS: Record<string, string> = {
  libx264: "mp4",
  aac: "sound in mp4 and mov",
  libx265: "H.265 and HDR",
  "libvpx-vp9": "webm",
  libopus: "sound in webm",
  prores_ks: "mov",
  gif: "gif",
};
const FILTERS: Record<string, string> = {
  scale: "every format",
  palettegen: "gif",
  paletteuse: "gif",
  atempo: "sound at other rates",
  zscale: "HDR clips in SDR films",
};

/** @param env where ffmpeg may be named */
export async function tools(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const [ffmpeg, ffprobe] = [toolProgram("ffmpeg", env), toolProgram("ffprobe", env)];
  const [version, probe] = await Promise.all([
    run(ffmpeg, ["-version"]),
    run(ffprobe, ["-version"]),
  ]);
  return [
    tool("ffmpeg", ffmpeg, version),
    tool("ffprobe", ffprobe, probe),
    ...(version === undefined ? [] : await abilities(ffmpeg)),
  ];
}

function tool(name: FfmpegTool, program: string, version: string | undefined): Finding {
  if (version === undefined) {
    return bad(
      name,
      `${program} cannot be run`,
      `${INSTALL}, or name it in ${TOOL_VARIABLES[name]}.`,
    );
  }
  return ok(name, `${/version (\S+)/.exec(version)?.[1] ?? "of an unknown version"} (${program})`);
}

async function abilities(ffmpeg: string): Promise<Finding[]> {
  const listed = async (flag: string) =>
    new Set((await run(ffmpeg, ["-hide_banner", flag]))?.match(/\S+/g) ?? []);
  const [encoders, filters] = await Promise.all([listed("-encoders"), listed("-filters")]);
  return [
    complete("ffmpeg encoders", ENCODERS, encoders),
    complete("ffmpeg filters", FILTERS, filters),
  ];
}

function complete(name: string, needed: Record<string, string>, there: Set<string>): Finding {
  const missing = Object.entries(needed).filter(([one]) => !there.has(one));
  if (missing.length === 0) return ok(name, Object.keys(needed).join(" "));
  const text = missing.map(([one, use]) => `${one} is missing (${use})`).join(", ");
  return note(name, text, "Install an ffmpeg with all of them; Debian's and Homebrew's are.");
}
