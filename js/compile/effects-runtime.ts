/** Finding the script that runs audio effects in a page. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { findPackage } from "../base/packages.js";
import type { UpstreamIdentity } from "../upstream/types.js";

/** The variable that holds the script in every build of upstream. */
const DECLARATION = /\bAUDIO_FX_RUNTIME_IIFE\s*=\s*(["'`])/;
const FOLDERS = ["dist", "dist/generated"];
const DEADLINE_MS = 1_000;

/**
 * The script that runs audio effects in a page, from the same upstream release: a CLI has it in its
 * bundle, `@hyperframes/producer` gets it from `@hyperframes/core`. No version exports it.
 *
 * @param fromDir where packages are looked up when the identity names no folder
 * @returns undefined for versions without audio effects
 */
export function findEffectsRuntime(
  upstream: UpstreamIdentity,
  fromDir: string,
): string | undefined {
  const home = upstream.dir ?? packageOf(upstream, fromDir);
  if (home === undefined) return undefined;
  const core = findPackage("@hyperframes/core", home)?.dir;
  const engine = findPackage("@hyperframes/engine", home)?.dir;
  for (const dir of [home, core, engine]) {
    const found = dir && searchIn(dir);
    if (found) return found;
  }
  return undefined;
}

function packageOf(upstream: UpstreamIdentity, fromDir: string): string | undefined {
  const info = findPackage(upstream.package, fromDir);
  return info?.version === upstream.version ? info.dir : undefined;
}

function searchIn(dir: string): string | undefined {
  for (const folder of FOLDERS) {
    for (const name of filesOf(join(dir, folder))) {
      const source = readFileSync(join(dir, folder, name), "utf8");
      const declared = DECLARATION.exec(source);
      const text = declared && literalAt(source, declared.index + declared[0].length - 1);
      if (text) return text;
    }
  }
  return undefined;
}

function filesOf(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith(".js"));
  } catch {
    return [];
  }
}

/** The value of the string literal at `start`; undefined for a template with expressions. */
function literalAt(source: string, start: number): string | undefined {
  const quote = source[start];
  let end = start + 1;
  while (end < source.length && source[end] !== quote) end += source[end] === "\\" ? 2 : 1;
  const literal = source.slice(start, end + 1);
  if (quote === "`" && literal.includes("${")) return undefined;
  const value: unknown = runInNewContext(literal, {}, { timeout: DEADLINE_MS });
  return typeof value === "string" && value !== "" ? value : undefined;
}
