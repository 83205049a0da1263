/** The command `hyperframes-native`: the installed CLI, run on the native engine. */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CLI_NODE_MAJOR, runsCli } from "../base/node-version.js";
import { type FinishedRender, onFinished } from "../job/finished.js";
import { type Explanation, explanationText, requestExplanation } from "../route/explain.js";
import { nativeMode } from "../route/mode.js";
import { findCli, NO_CLI } from "./find-cli.js";

const HERE = dirname(fileURLToPath(import.meta.url));

/** The arguments for the CLI, and the value of our own flag. */
export interface WrapperArgs {
  rest: string[];
  /** The plan is printed in place of a render. */
  explain?: "text" | "json";
  /** What the time went into is printed after the render. */
  times?: "text" | "json";
}

const OWN_HELP = `
Added by hyperframes-native:
  doctor [--json]              what renders need on this machine, and what to do about the rest
  bench [project]              your composition with both engines, in turn (bench --help)
  render --explain[=json]      print the plan in place of rendering
  render --explain=time        render, then say what the time went into and what would help most
`;

/** Whether the CLI will print its help, which does not name what this command adds. */
function asksForHelp(argv: readonly string[]): boolean {
  const isHelp = (arg: string | undefined) => arg === "--help" || arg === "-h";
  return isHelp(argv[0]) || (argv[0] === "render" && argv.some(isHelp));
}

/** Removes `--explain` with any value from the arguments of `render`. */
export function splitArgs(argv: readonly string[]): WrapperArgs {
  if (argv[0] !== "render") return { rest: [...argv] };
  const result: WrapperArgs = { rest: [] };
  for (const arg of argv) {
    if (arg === "--explain" || arg === "--explain=text") result.explain = "text";
    else if (arg === "--explain=json") result.explain = "json";
    else if (arg === "--explain=time") result.times = "text";
    else if (arg === "--explain=time-json") result.times = "json";
    else result.rest.push(arg);
  }
  // Only the plan is to be printed, without the CLI's banner.
  if (result.explain && !result.rest.includes("--quiet")) result.rest.push("--quiet");
  return result;
}

/** NODE_OPTIONS with which every Node process below this one registers the hook too. */
export function withImport(nodeOptions: string | undefined, registerUrl: string): string {
  const flag = `--import=${registerUrl}`;
  const before = nodeOptions?.trim() ?? "";
  if (before.split(/\s+/).includes(flag)) return before;
  return before === "" ? flag : `${before} ${flag}`;
}

/**
 * Runs the installed `hyperframes` CLI in this process on the native engine.
 *
 * @param argv arguments without node and script
 */
export async function main(argv: string[]): Promise<void> {
  // Needs no CLI, and says so if there is none.
  if (argv[0] === "doctor") return (await import("./doctor.js")).doctor(argv.slice(1));
  if (!runsCli()) return withNewerNode(argv);
  if (argv[0] === "bench") return (await import("./bench.js")).bench(argv.slice(1));
  const cli = findCli(process.cwd());
  if (!cli) return refuse(NO_CLI);
  if (asksForHelp(argv)) process.once("exit", () => void process.stdout.write(OWN_HELP));
  const { rest, explain, times } = splitArgs(argv);
  if (explain) requestExplanation({ deliver: (explanation) => print(explanation, explain) });
  if (times) await tellTimes(times);
  const registerUrl = new URL("../register.js", import.meta.url).href;
  await import(registerUrl);
  if (!explain) await startBrowser(rest);
  process.env.NODE_OPTIONS = withImport(process.env.NODE_OPTIONS, registerUrl);
  process.argv = [process.argv[0] ?? process.execPath, realpathSync(cli.bin), ...rest];
  await import(pathToFileURL(cli.bin).href);
}

/** Nothing of the engine is loaded for other commands. */
async function startBrowser(args: readonly string[]): Promise<void> {
  if (args[0] !== "render" || nativeMode() === "off") return;
  const { startForCommand } = await import("../ahead/head-start.js");
  startForCommand(args);
}

/**
 * Prints what the time of each render went into, behind everything that the CLI prints itself, on
 * stderr.
 */
async function tellTimes(format: "text" | "json"): Promise<void> {
  const { renderTimes, renderTimesText } = await import("../progress/times.js");
  const finished: FinishedRender[] = [];
  onFinished((render) => void finished.push(render));
  process.once("exit", () => {
    for (const { engine, outputPath, perfSummary } of finished) {
      const times = perfSummary && renderTimes(perfSummary);
      const text =
        format === "json"
          ? `${JSON.stringify({ engine, outputPath, times })}\n`
          : `\n${finished.length > 1 ? `${outputPath}\n` : ""}${engine === "cli" ? ENGINE_NOTE : ""}${times ? renderTimesText(times) : ""}`;
      // Nothing else is written while a process ends.
      process.stderr.write(text);
    }
  });
}

const ENGINE_NOTE = "The HyperFrames engine rendered it: `--explain` says why.\n";

/** Prints and ends the process: the CLI would otherwise look for the rendered file. */
function print(explanation: Explanation, format: "text" | "json"): Promise<never> {
  const text =
    format === "json" ? `${JSON.stringify(explanation)}\n` : explanationText(explanation);
  return new Promise(() => process.stdout.write(text, () => process.exit(0)));
}

/** Runs this command with a newer Node: the CLI needs a newer one than the addon does. */
async function withNewerNode(argv: string[]): Promise<void> {
  const node = process.env.HYPERFRAMES_NATIVE_NODE;
  if (!node) {
    return refuse(
      `The hyperframes CLI needs Node ${CLI_NODE_MAJOR} or newer; this is ${process.version}. ` +
        "Run the command with a newer Node, or name one in HYPERFRAMES_NATIVE_NODE.",
    );
  }
  const script = join(HERE, "..", "..", "bin", "hyperframes-native.js");
  // Without the variable, a second old Node ends with the message instead of looping.
  const { HYPERFRAMES_NATIVE_NODE: _, ...env } = process.env;
  const child = spawn(node, [script, ...argv], { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  const code = await new Promise<number | Error>((resolve) => {
    child.once("error", resolve);
    child.once("close", (status) => resolve(status ?? 1));
  });
  if (typeof code === "number") process.exitCode = code;
  else refuse(`HYPERFRAMES_NATIVE_NODE=${node} cannot be run: ${code.message}`);
}

function refuse(message: string): void {
  process.stderr.write(`hyperframes-native: ${message}\n`);
  process.exitCode = 1;
}
