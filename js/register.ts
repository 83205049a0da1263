/**
 * `node --import @hyperframes/producer-native/register`: lets the unmodified `hyperframes` CLI of
 * this process, and of every Node process below it, render with the native engine. So does a
 * `@hyperframes/producer` that a program imports or requires.
 *
 * @packageDocumentation
 */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { owningPackage } from "./base/packages.js";
import "./base/start-environment.js";
import { chooseNative } from "./hook/chosen.js";
import { hookHits } from "./hook/hits.js";
import { installHook } from "./hook/install.js";
import { useModuleCache } from "./hook/module-cache.js";
import { explainRequest } from "./route/explain.js";
import { nativeMode } from "./route/mode.js";

const load = createRequire(import.meta.url);

if (nativeMode() !== "off") {
  useModuleCache();
  installHook();
  chooseNative();
  process.once("exit", (code) => warnIfMissed(code));
  if (isInDocker(process.argv)) tellOfDocker();
  if (isRender(process.argv)) {
    if (nativeMode() === "only") refuseWithoutAddon();
    startBrowser();
  }
}

/**
 * Starts a browser before the CLI is loaded. Nothing of the engine is loaded for other commands. Not
 * by `await`: `node --require` takes no module that waits.
 */
function startBrowser(): void {
  const headStart: typeof import("./ahead/head-start.js") = load("./ahead/head-start.js");
  headStart.startForCommand(process.argv.slice(2));
}

/** Ends the process: the render would fail anyway, after the CLI's checks of its surroundings. */
function refuseWithoutAddon(): void {
  if (explainRequest()) return;
  const binding: typeof import("./wire/binding.js") = load("./wire/binding.js");
  const failure = binding.whyNotLoaded();
  if (!failure) return;
  process.stderr.write(`[hyperframes-native] ${failure.code}: ${failure.message}\n`);
  process.exit(1);
}

/**
 * Reports a render that the hook missed. A CLI without the functions that the hook wraps would
 * otherwise use the HyperFrames engine unnoticed.
 */
function warnIfMissed(code: number): void {
  if (code !== 0 || hookHits().size > 0 || !isRender(process.argv)) return;
  const cli = owningPackage(cliPath() ?? "");
  process.stderr.write(
    `[hyperframes-native] NOT USED: hyperframes ${cli?.version ?? ""} has no loadProducer the hook ` +
      "could wrap, so this render ran on the HyperFrames engine. " +
      "Please report this version to @hyperframes/producer-native.\n",
  );
  if (nativeMode() === "only") process.exitCode = 1;
}

/** The container has a HyperFrames of its own, which this process cannot reach. */
function tellOfDocker(): void {
  const what = "render --docker runs in a container with the HyperFrames engine";
  if (nativeMode() === "only") {
    process.stderr.write(
      `[hyperframes-native] HF_NATIVE_UNSUPPORTED: HYPERFRAMES_NATIVE=only, but ${what}. ` +
        "Render without --docker.\n",
    );
    process.exit(1);
  }
  process.stderr.write(`[hyperframes-native] Using the HyperFrames engine: ${what}.\n`);
}

function isInDocker(argv: readonly string[]): boolean {
  const rest = argv.slice(2);
  if (rest[0] !== "render" || rest.includes("--help") || rest.includes("-h")) return false;
  if (!rest.some((arg) => arg === "--docker" || arg === "--docker=true")) return false;
  const path = cliPath();
  return path !== undefined && owningPackage(path)?.name === "hyperframes";
}

function isRender(argv: readonly string[]): boolean {
  const rest = argv.slice(2);
  if (rest[0] !== "render") return false;
  if (rest.some((arg) => ["--help", "-h", "--docker", "--docker=true"].includes(arg))) return false;
  const path = cliPath();
  return path !== undefined && owningPackage(path)?.name === "hyperframes";
}

function cliPath(): string | undefined {
  try {
    return realpathSync(process.argv[1] ?? "");
  } catch {
    return undefined;
  }
}
