/** The job that a command line of the CLI will ask for, as far as it can be told beforehand. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RenderConfig } from "../base/types.js";
import { localDefaults, type Settings } from "../upstream/engine-config.js";
import type { UpstreamNamespace } from "../upstream/types.js";
import { guessRender } from "./head-start.js";

/** A job that is expected. */
export interface JobGuess {
  projectDir: string;
  config: RenderConfig;
  /** Absent where the CLI names the file by the time. */
  outputPath?: string;
}

/** Options of the CLI that are understood here, by all their names; with any other none is guessed. */
const VALUES: Record<string, string> = {
  "-o": "output",
  "--output": "output",
  "-q": "quality",
  "--quality": "quality",
  "-f": "fps",
  "--fps": "fps",
  "-w": "workers",
  "--workers": "workers",
  "--crf": "crf",
  "--format": "format",
};
const FLAGS: Record<string, string> = { "--quiet": "quiet", "--debug": "debug" };
/** What the CLI makes of `--quality` (docs/upstream.md#render-options). */
const QUALITIES: Record<string, Pick<RenderConfig, "quality" | "crf">> = {
  draft: { quality: "draft" },
  standard: { quality: "standard" },
  high: { quality: "high" },
  looks: { quality: "standard", crf: 16 },
  delivery: { quality: "high" },
};
/** Where an entry file may declare its own frame rate, which the CLI then takes. */
const DECLARES_FPS = /\bdata-[a-z-]*fps\b/i;

/**
 * The job of a plain command line. A guess: whoever uses it compares it with the job that comes.
 *
 * @param args the command line without node and script
 * @returns undefined for other commands, and with options that are not known here
 */
export function guessJob(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  namespace: Pick<UpstreamNamespace, "resolveConfig">,
): JobGuess | undefined {
  const given = parse(args.slice(1));
  const render = given && guessRender(args, env);
  if (!render || !namespace.resolveConfig || (given.format ?? "mp4") !== "mp4") return undefined;
  const projectDir = resolve(render.projectDir);
  const quality = QUALITIES[given.quality ?? "looks"];
  const fps = Number(given.fps ?? defaultFps(projectDir, render.entryFile));
  const crf = given.crf === undefined ? quality?.crf : Number(given.crf);
  if (!quality || !Number.isInteger(fps) || fps < 1) return undefined;
  const producerConfig = { ...namespace.resolveConfig(localDefaults(false)) } as Settings;
  const browser = env.PRODUCER_HEADLESS_SHELL_PATH || env.HYPERFRAMES_BROWSER_PATH;
  const config: RenderConfig = {
    fps: { num: fps, den: 1 },
    quality: quality.quality,
    format: "mp4",
    ...(crf === undefined ? {} : { crf }),
    ...(render.workers === undefined ? {} : { workers: render.workers }),
    ...(render.entryFile === "index.html" ? {} : { entryFile: render.entryFile }),
    useGpu: false,
    hdrMode: "auto",
    videoFrameFormat: "auto",
    debug: given.debug !== undefined,
    strictness: "best-effort",
    producerConfig: browser ? { ...producerConfig, chromePath: browser } : producerConfig,
  };
  const rest = {
    outputResolutionAspectAgnostic: false,
    resumeSegments: false,
    keepSegments: false,
  };
  return {
    projectDir,
    config: { ...config, ...rest },
    ...(given.output === undefined ? {} : { outputPath: resolve(given.output) }),
  };
}

/** Whether two configurations ask for the same; the logger does not count. */
export function isSameConfig(one: RenderConfig, other: RenderConfig): boolean {
  return canonical({ ...one, logger: undefined }) === canonical({ ...other, logger: undefined });
}

/** JSON in which the order of keys and members without a value do not show. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function parse(args: readonly string[]): Record<string, string> | undefined {
  const given: Record<string, string> = {};
  for (let at = 0; at < args.length; at += 1) {
    const [name = "", ...inline] = (args[at] ?? "").split("=");
    if (!name.startsWith("-")) continue;
    const flag = FLAGS[name];
    const option = VALUES[name];
    const value = inline.length > 0 ? inline.join("=") : args[at + 1];
    if (flag !== undefined && inline.length === 0) given[flag] = "";
    else if (option !== undefined && value) given[option] = value;
    else return undefined;
    if (option !== undefined && inline.length === 0) at += 1;
  }
  return given;
}

function defaultFps(projectDir: string, entryFile: string): number | undefined {
  try {
    const html = readFileSync(join(projectDir, entryFile), "utf8");
    return DECLARES_FPS.test(html) ? undefined : 30;
  } catch {
    return undefined;
  }
}
