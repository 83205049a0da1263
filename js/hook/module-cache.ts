/**
 * Node's cache of compiled modules: a CLI has megabytes of them, which every one of its processes
 * would compile anew.
 */
import { type Dirent, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** `off`, or the absolute path of another folder. */
const VARIABLE = "HYPERFRAMES_NATIVE_MODULE_CACHE";
/** A render of one version of the CLI leaves about 10 MB. */
const MAX_BYTES = 256 * 1024 * 1024;
/** The folder is measured at most this often. */
const MEASURE_EVERY_MS = 24 * 60 * 60 * 1000;
const MEASURED = ".measured";

/**
 * Turns the cache on for this process and every Node process below it. Leaves it to Node where the
 * user has set one of Node's own variables, and does nothing in a Node that has no such cache.
 *
 * @returns the folder; undefined when there is none
 */
export function useModuleCache(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { enableCompileCache, constants } = nodeModule;
  if (typeof enableCompileCache !== "function") return undefined;
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return undefined;
  let folder: string | undefined;
  try {
    folder = moduleCacheFolder(env);
    if (folder === undefined) return undefined;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOwn(folder)) return undefined;
    emptyWhenLarge(folder);
    const { status } = enableCompileCache(folder);
    if (status !== constants.compileCacheStatus.ENABLED) return undefined;
  } catch {
    // A read-only or full disk, or a user without a home: modules are compiled as ever.
    return undefined;
  }
  env.NODE_COMPILE_CACHE = folder;
  return folder;
}

/**
 * The folder: in the user's own cache folder, never in a shared one, because Node executes what it
 * finds there.
 *
 * @returns undefined when it is turned off, or the user has no folder of their own
 */
export function moduleCacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const given = env[VARIABLE]?.trim() ?? "";
  if (given !== "") return isAbsolute(given) ? given : undefined;
  const caches = userCaches(env);
  return caches === undefined ? undefined : join(caches, "hyperframes-native", "modules");
}

function userCaches(env: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (process.platform === "win32") return local;
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  const home = homedir();
  if (!isAbsolute(home) || home === "/") return undefined;
  return process.platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}

/** Whether nobody else can write into a folder; where users have no numbers, all are trusted. */
export function isOwn(folder: string): boolean {
  const user = process.getuid?.();
  if (user === undefined) return true;
  const { uid, mode } = statSync(folder);
  return uid === user && (mode & 0o022) === 0;
}

/**
 * Removes everything in a folder that has grown too large: old versions of the CLI and of Node.
 * Another process may do the same at the same time.
 */
export function emptyWhenLarge(folder: string, maxBytes = MAX_BYTES): void {
  const mark = join(folder, MEASURED);
  const measured = statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - measured < MEASURE_EVERY_MS) return;
  if (bytesIn(folder) > maxBytes) {
    for (const { name } of entriesOf(folder)) if (name !== MEASURED) remove(join(folder, name));
  }
  // Last: one that is ended before this is measured again.
  writeFileSync(mark, "");
}

/** Bytes of all files in a folder and below; 0 of what is gone. */
function bytesIn(folder: string): number {
  const sizeOf = (entry: Dirent): number => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return bytesIn(path);
    return entry.isFile() ? (statSync(path, { throwIfNoEntry: false })?.size ?? 0) : 0;
  };
  return entriesOf(folder).reduce((bytes, entry) => bytes + sizeOf(entry), 0);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Removed by another process.
    return [];
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Another process removes it too, or writes into it.
  }
}
