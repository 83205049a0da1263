/** Starting a browser when the command line of a render starts, long before its job begins. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { isNativeFormat } from "../base/formats.js";
import { guardStart } from "../base/signal-guard.js";
import { guessPageSize } from "../compile/page-size.js";
import { loadBinding, type NativeBinding } from "../wire/binding.js";
import { engineSpec } from "../wire/engine-spec.js";
import type { WarmRequest } from "../wire/generated.js";

/** Renders with these do without a browser of ours, or with another than that of a plain render. */
const OTHERWISE =
  /^(-h|--(help|docker|(no-)?browser-gpu|batch|resolution|resume|keep-segments|(no-)?low-memory-mode|protocol-timeout|explain))(=|$)/;
/** So do renders in an environment that has one of these. */
const OTHER_ENGINES = [
  "PRODUCER_BROWSER_GPU_MODE",
  "PRODUCER_FORCE_SCREENSHOT",
  "PRODUCER_DISABLE_GPU",
  "PRODUCER_LOW_MEMORY_MODE",
  "PRODUCER_PUPPETEER_PROTOCOL_TIMEOUT_MS",
];

/** What a command line says of a render. */
export interface CommandGuess {
  projectDir: string;
  entryFile: string;
  workers?: number;
}

let started = false;

/** Whether this process has started a browser for a job that had not begun. */
export function hasHeadStart(): boolean {
  return started;
}

/**
 * Starts a browser for the render that a command line of the CLI asks for, if it is a plain one. A
 * guess: the job takes the browser over if it is the right one. It is ended if not, and when the
 * process ends without a job.
 *
 * @param args the command line without node and script
 */
export function startForCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  binding: () => NativeBinding = loadBinding,
): void {
  // The CLI ends browsers whose parent is process 1: they look like those of a render that died.
  if (started || process.pid === 1) return;
  const guess = guessRender(args, env);
  const size = guess && guessPageSize(guess.projectDir, guess.entryFile);
  if (!size) return;
  try {
    const addon = binding();
    const engine = engineSpec({ browserGpuMode: "auto" }, env);
    const { workers } = guess;
    const request: WarmRequest = {
      ...size,
      ...(workers === undefined ? {} : { workers }),
      engine,
      isExpected: true,
    };
    addon.warmBrowser(JSON.stringify(request));
    started = true;
    process.once("exit", () => addon.abandonBrowsers());
    guardStart();
  } catch {
    // The job will start its own, and say why that fails.
  }
}

/** @returns undefined when the command is no render, or not a plain one */
export function guessRender(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): CommandGuess | undefined {
  if (args[0] !== "render" || args.some((arg) => OTHERWISE.test(arg))) return undefined;
  if (OTHER_ENGINES.some((name) => env[name])) return undefined;
  const format = optionOf(args, "--format") ?? "mp4";
  if (!isNativeFormat(format)) return undefined;
  const named = optionOf(args, "--composition", "-c");
  const entryFile = named === undefined || named === "." ? "index.html" : named;
  const places = [...args.slice(1).filter((arg) => !arg.startsWith("-")), "."];
  const projectDir = places.find((dir) => isFile(join(dir, entryFile)));
  if (projectDir === undefined) return undefined;
  const workers = Number(optionOf(args, "--workers", "-w"));
  return { projectDir, entryFile, ...(workers >= 1 ? { workers } : {}) };
}

/** The value of an option, as `--name value` or `--name=value`. */
function optionOf(args: readonly string[], ...names: string[]): string | undefined {
  for (const [at, arg] of args.entries()) {
    if (names.includes(arg)) return args[at + 1];
    const name = names.find((one) => arg.startsWith(`${one}=`));
    if (name !== undefined) return arg.slice(name.length + 1);
  }
  return undefined;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // Also what is no path at all: the value of some option.
    return false;
  }
}
