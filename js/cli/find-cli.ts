/** The installed HyperFrames CLI. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPackage, type PackageInfo } from "../base/packages.js";

const HERE = dirname(fileURLToPath(import.meta.url));

/** What is said where there is none. */
export const NO_CLI =
  "The hyperframes CLI is not installed where this command looks: in the node_modules of " +
  "this folder, of its parents, or next to @hyperframes/producer-native. " +
  "Install it with `npm install hyperframes`.";

/** The installed CLI: its executable, absolute, and its version. */
export interface InstalledCli {
  bin: string;
  version: string;
}

/** The CLI that `hyperframes-native` runs in a folder; undefined when there is none. */
export function findCli(cwd: string): InstalledCli | undefined {
  const cli = findPackage("hyperframes", cwd) ?? findPackage("hyperframes", HERE);
  const bin = cli && binOf(cli);
  return bin ? { bin, version: cli.version } : undefined;
}

/** Path of the CLI's executable, which differs between versions. */
export function binOf(cli: PackageInfo): string | undefined {
  const { bin } = cli.manifest;
  const path = typeof bin === "string" ? bin : (bin as Record<string, string>)?.hyperframes;
  return path === undefined ? undefined : join(cli.dir, path);
}
