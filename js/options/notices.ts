/** The lines that name options which were set and have no effect here. */
import { START_ENVIRONMENT } from "../base/start-environment.js";
import type { RenderConfig } from "../base/types.js";
import type { Settings } from "../upstream/engine-config.js";
import type { Option } from "./option.js";
import { OPTIONS, targetOf } from "./table.js";

/** What a render was given. */
export interface Given {
  config: RenderConfig;
  /** Its engine configuration. */
  settings: Settings;
  /** What upstream resolves where nobody overrides anything; absent in its oldest versions. */
  defaults?: Settings | undefined;
  env: NodeJS.ProcessEnv;
  /** The environment before the CLI changed it. */
  startEnv?: Readonly<NodeJS.ProcessEnv>;
}

/** Variables that versions of the CLI set by themselves: they were given if they were there before. */
const SET_BY_CLI = ["HF_DE_PARALLEL_ROUTER"];

/**
 * One line for each option that was set and has no effect: it names the option, where it came from,
 * and why or what to use instead.
 *
 * A setting counts as set when its value is not the one that upstream resolves by itself, or when a
 * variable for it is there; a field when it has another value than upstream's default.
 */
export function optionNotices(given: Given): string[] {
  const lines: string[] = [];
  const { startEnv = START_ENVIRONMENT } = given;
  for (const option of OPTIONS) {
    if (option.treatment !== "without effect" || option.sets) continue;
    if (SET_BY_CLI.includes(option.name) && startEnv[option.name] === undefined) continue;
    const shown = shownIfSet(option, given);
    if (shown !== undefined) lines.push(`[Render] ${shown} has no effect here: ${option.note}.`);
  }
  return [...lines, ...formatBound(given.config), ...misread(given.env)];
}

/** Variables that hold a word which upstream reads as if another stood there. */
function misread(env: NodeJS.ProcessEnv): string[] {
  return OPTIONS.flatMap(({ name, words }) => {
    const given = env[name];
    if (!words || !given) return [];
    if (words.known.includes(words.anyCase ? given.toLowerCase() : given)) return [];
    const known = words.known.join(", ");
    return [`[Render] ${name}=${given} is read as ${words.otherwise}: it may be ${known}.`];
  });
}

/** The option as it was given, or undefined when it was not. */
function shownIfSet(option: Option, given: Given): string | undefined {
  const { name, kind } = option;
  if (kind === "variable") return variable(name, given.env);
  const sources = OPTIONS.filter((one) => one.sets === name && targetOf(one) === option);
  const flags = sources.filter((one) => one.kind === "flag").map((one) => one.name);
  if (kind === "field") return field(name, flags, given.config);
  const fromEnv = sources.map((one) => variable(one.name, given.env)).find(Boolean);
  if (fromEnv) return `${name} (${[fromEnv, ...flags].join(" or ")})`;
  const value = given.settings[name];
  if (!given.defaults || isSame(value, given.defaults[name])) return undefined;
  // Upstream turns some of its ways off by itself, such as where there is no GPU for them.
  if (value === false && isDerived(name)) return undefined;
  return `${name}=${show(value)}`;
}

/** Settings that upstream changes for the sake of others. */
function isDerived(name: string): boolean {
  return ["useDrawElement", "enableDrawElementWorkerEncode"].includes(name);
}

function variable(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const value = env[name]?.trim();
  return value ? `${name}=${value}` : undefined;
}

/** The only field without effect has the default `auto`. */
function field(name: string, flags: string[], config: RenderConfig): string | undefined {
  const value = (config as unknown as Record<string, unknown>)[name];
  if (value === undefined || value === "auto") return undefined;
  return `${name}=${show(value)} (${flags.join(" or ")})`;
}

/** Fields that belong to one format. */
function formatBound({ format = "mp4", gifLoop, hlsSegmentSeconds }: RenderConfig): string[] {
  const bound: [string, unknown, string][] = [
    ["gifLoop", gifLoop, "gif"],
    ["hlsSegmentSeconds", hlsSegmentSeconds, "hls"],
  ];
  return bound
    .filter(([, value, of]) => value !== undefined && value !== null && format !== of)
    .map(
      ([name, value, of]) =>
        `[Render] ${name}=${value} has no effect: the format is ${format}, not ${of}.`,
    );
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
