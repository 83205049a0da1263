/** Finding and loading an installed upstream, for callers that bring none. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { findPackage, importEntry, type PackageInfo } from "../base/packages.js";
import { installHook } from "../hook/install.js";
import { LIBRARY_EXPORT, LIBRARY_QUERY } from "../hook/transform.js";
import type { Upstream, UpstreamNamespace } from "./types.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const REQUIRED = ["createRenderJob", "executeRenderJob", "createFileServer"] as const;

/**
 * Finds an installed `@hyperframes/producer`, else the producer inside an installed `hyperframes`.
 * Both are looked up from each of `fromDirs`, then from this package.
 *
 * @throws NativeRenderError `HF_NATIVE_NO_PRODUCER` when neither is installed, or none can be loaded
 */
export async function resolveUpstream(fromDirs: readonly string[]): Promise<Upstream> {
  const places = [...new Set([...fromDirs, HERE])];
  const problems: string[] = [];
  for (const [name, load] of [
    ["@hyperframes/producer", loadPackage],
    ["hyperframes", loadBundled],
  ] as const) {
    const tried = new Set<string>();
    for (const place of places) {
      const info = findPackage(name, place);
      if (!info || tried.has(info.dir)) continue;
      tried.add(info.dir);
      try {
        const namespace = await load(info);
        return { namespace, package: name, version: info.version, dir: info.dir };
      } catch (error) {
        problems.push(`${name} ${info.version} in ${info.dir}: ${messageOf(error)}`);
      }
    }
  }
  const found = problems.length > 0 ? ` Found, but unusable: ${problems.join("; ")}.` : "";
  throw new NativeRenderError(
    "HF_NATIVE_NO_PRODUCER",
    "No HyperFrames package was found that can compile the project. " +
      "Install one next to your project: `npm install hyperframes` or " +
      `\`npm install @hyperframes/producer\`.${found}`,
    { stage: "compile" },
  );
}

async function loadPackage(info: PackageInfo): Promise<UpstreamNamespace> {
  const entry = importEntry(info);
  if (!entry) throw new Error("its package.json names no entry");
  return checked(await import(pathToFileURL(entry).href));
}

/** The producer inside a CLI: a separate module in newer versions, part of one file in older. */
async function loadBundled(info: PackageInfo): Promise<UpstreamNamespace> {
  const dist = join(info.dir, "dist");
  for (const name of readdirSync(dist)) {
    if (!name.endsWith(".js")) continue;
    const source = readFileSync(join(dist, name), "utf8");
    const at = source.search(/^async function loadProducer\(\)/m);
    if (at < 0) continue;
    const target = /import\(\s*["'](\.\/[^"']+)["']\s*\)/.exec(bodyAt(source, at))?.[1];
    if (target) return checked(await import(pathToFileURL(join(dist, target)).href));
    return checked(await loadFromSingleFile(join(dist, name)));
  }
  throw new Error("no file of its dist declares loadProducer");
}

/** The text of the function that starts at `at`, up to the closing brace in the first column. */
function bodyAt(source: string, at: number): string {
  const end = source.indexOf("\n}", at);
  return source.slice(at, end < 0 ? undefined : end);
}

async function loadFromSingleFile(path: string): Promise<unknown> {
  installHook();
  const module = await import(`${pathToFileURL(path).href}?${LIBRARY_QUERY}`);
  const load = module[LIBRARY_EXPORT];
  if (typeof load !== "function") throw new Error("its bundle has an unknown layout");
  return load();
}

function checked(namespace: unknown): UpstreamNamespace {
  for (const name of REQUIRED) {
    if (typeof (namespace as Record<string, unknown>)[name] !== "function") {
      throw new Error(`it exports no ${name}`);
    }
  }
  return namespace as UpstreamNamespace;
}
