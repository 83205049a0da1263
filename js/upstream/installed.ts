/** Installed packages that hold upstream's producer, and loading the modules in them. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findPackage, importEntry, type PackageInfo } from "../base/packages.js";
import { chooseNative } from "../hook/chosen.js";
import { installHook } from "../hook/install.js";
import { LIBRARY_EXPORT, LIBRARY_QUERY } from "../hook/transform.js";
import { adoptClasses } from "./class-families.js";
import { withOriginals } from "./originals.js";

/** What a module exports, by name. */
export type Members = Readonly<Record<string, unknown>>;
/** An entry of the package `@hyperframes/producer`. */
export type Subpath = "." | "./server" | "./distributed";

/** Name of upstream's package. */
export const PRODUCER = "@hyperframes/producer";
/**
 * The name under which upstream's package may be installed where {@link PRODUCER} itself is
 * overridden by this package.
 */
export const ORIGINAL = "@hyperframes/producer-original";

/** An installed package with a producer in it. */
export interface Installed {
  info: PackageInfo;
  /** Whether the producer is a part of the CLI, which then has the entry `.` alone. */
  isBundled: boolean;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const loaded = new Map<string, Members>();

/**
 * Finds `@hyperframes/producer`, then its original beside an override, then `hyperframes`. Each is
 * looked up from all of `fromDirs` and from this package. A package that only bears the name, as this
 * one does where it overrides it, is none.
 */
export function* findInstalled(fromDirs: readonly string[]): Generator<Installed> {
  const seen = new Set<string>();
  for (const name of [PRODUCER, ORIGINAL, "hyperframes"]) {
    const isBundled = name === "hyperframes";
    for (const place of new Set([...fromDirs, HERE])) {
      const info = findPackage(name, place);
      if (!info || seen.has(info.dir)) continue;
      seen.add(info.dir);
      if (info.name === (isBundled ? name : PRODUCER)) yield { info, isBundled };
    }
  }
}

/** Whether a package has an entry. */
export function hasEntry({ info, isBundled }: Installed, subpath: Subpath): boolean {
  return isBundled ? subpath === "." : importEntry(info, subpath) !== undefined;
}

/**
 * Imports an entry; what the load hook put in the place of upstream's functions is undone.
 *
 * @param isNative whether the code of the entry is to render with this engine; has no effect on the
 *   producer in a CLI
 * @throws Error that says why it cannot be used
 */
export async function importMembers(
  from: Installed,
  subpath: Subpath,
  isNative = false,
): Promise<Members> {
  const { path, isWhole } = locate(from, subpath);
  const known = loaded.get(path);
  if (known) return known;
  if (isNative) renderNatively(path);
  return keep(path, isWhole ? await importWhole(path) : await import(pathToFileURL(path).href));
}

/** The same without waiting. The single file of an older CLI has to have been imported before. */
export function requireMembers(from: Installed, subpath: Subpath, isNative = false): Members {
  const { path, isWhole } = locate(from, subpath);
  const known = loaded.get(path);
  if (known) return known;
  if (isNative) renderNatively(path);
  if (isWhole) throw new Error("this version can only be loaded by an asynchronous function");
  return keep(path, createRequire(import.meta.url)(path));
}

function renderNatively(path: string): void {
  installHook();
  chooseNative(pathToFileURL(path).href);
}

function keep(path: string, module: Members): Members {
  const members = withOriginals(module);
  adoptClasses(members);
  loaded.set(path, members);
  return members;
}

/** `isWhole` when the module is the CLI itself. */
function locate({ info, isBundled }: Installed, subpath: Subpath) {
  if (isBundled) return locateBundled(info);
  const path = importEntry(info, subpath);
  if (!path) throw new Error(`its package.json names no entry ${subpath}`);
  return { path, isWhole: false };
}

const bundled = new Map<string, { path: string; isWhole: boolean }>();

/** The producer inside a CLI: a separate module in newer versions, part of one file in older. */
function locateBundled(info: PackageInfo): { path: string; isWhole: boolean } {
  const dist = join(info.dir, "dist");
  const known = bundled.get(dist);
  if (known) return known;
  for (const name of readdirSync(dist)) {
    if (!name.endsWith(".js")) continue;
    const source = readFileSync(join(dist, name), "utf8");
    const at = source.search(/^async function loadProducer\(\)/m);
    if (at < 0) continue;
    const target = /import\(\s*["'](\.\/[^"']+)["']\s*\)/.exec(bodyAt(source, at))?.[1];
    const found = { path: join(dist, target ?? name), isWhole: target === undefined };
    bundled.set(dist, found);
    return found;
  }
  throw new Error("no file of its dist declares loadProducer");
}

/** The text of the function that starts at `at`, up to the closing brace in the first column. */
function bodyAt(source: string, at: number): string {
  const end = source.indexOf("\n}", at);
  return source.slice(at, end < 0 ? undefined : end);
}

async function importWhole(path: string): Promise<Members> {
  installHook();
  const module = await import(`${pathToFileURL(path).href}?${LIBRARY_QUERY}`);
  const load = module[LIBRARY_EXPORT];
  if (typeof load !== "function") throw new Error("its bundle has an unknown layout");
  return load();
}
