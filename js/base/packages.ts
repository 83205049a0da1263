/** Finding installed npm packages and reading their `package.json`. */
import { existsSync, readFileSync } from "node:fs";
import { Module } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The fields of a `package.json` that matter here. */
export interface PackageInfo {
  dir: string;
  name: string;
  version: string;
  manifest: Record<string, unknown>;
}

/** Reads `<dir>/package.json`; undefined when there is none or it is not JSON. */
export function readPackage(dir: string): PackageInfo | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
    return {
      dir,
      name: String(manifest.name ?? ""),
      version: String(manifest.version ?? "0.0.0"),
      manifest,
    };
  } catch {
    return undefined;
  }
}

/**
 * Finds an installed package as Node does, from `fromDir` upwards. Does not use Node's resolver,
 * which fails for a package whose `exports` hide its `package.json`.
 */
export function findPackage(name: string, fromDir: string): PackageInfo | undefined {
  for (let dir = fromDir; ; dir = dirname(dir)) {
    const candidate = join(dir, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return readPackage(candidate);
    if (dirname(dir) === dir) return findPlugged(name, fromDir);
  }
}

/** What Yarn puts into `node:module` where it has installed no `node_modules` (Plug'n'Play). */
interface PnpApi {
  resolveToUnqualified(request: string, issuer: string): string | null;
}

/** The same in a project without `node_modules`. */
function findPlugged(name: string, fromDir: string): PackageInfo | undefined {
  const { findPnpApi } = Module as { findPnpApi?: (path: string) => PnpApi | null };
  const issuer = `${fromDir}/`;
  try {
    const dir = findPnpApi?.(issuer)?.resolveToUnqualified(name, issuer);
    return dir ? readPackage(dir) : undefined;
  } catch {
    // The project does not depend on it.
    return undefined;
  }
}

/** The package that the file or folder `path` belongs to. */
export function owningPackage(path: string): PackageInfo | undefined {
  for (let dir = path; ; dir = dirname(dir)) {
    const info = readPackage(dir);
    if (info?.name) return info;
    if (dirname(dir) === dir) return undefined;
  }
}

/**
 * Absolute path of the module that importing an entry of the package loads; undefined when its
 * `package.json` names none.
 */
export function importEntry(info: PackageInfo, subpath = "."): string | undefined {
  const exported = pick((info.manifest.exports as Record<string, unknown>)?.[subpath]);
  const entry =
    exported ?? (subpath === "." ? (info.manifest.module ?? info.manifest.main) : undefined);
  return typeof entry === "string" ? join(info.dir, entry) : undefined;
}

function pick(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (typeof target !== "object" || target === null) return undefined;
  const conditions = target as Record<string, unknown>;
  return pick(conditions.node ?? conditions.import ?? conditions.default);
}

/** This package. */
export function ownPackage(): PackageInfo | undefined {
  return readPackage(fileURLToPath(new URL("../..", import.meta.url)));
}

/** Version of this package. */
export function packageVersion(): string {
  return ownPackage()?.version ?? "unknown";
}
