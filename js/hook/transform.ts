/** Rewriting the source of CLI modules. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PackageInfo, readPackage } from "../base/packages.js";

/** The two functions through which every version of the CLI loads its producer. */
const LOADERS = ["loadProducer", "loadStudioProducer"] as const;

/** URL query for importing the CLI's file as a library, without running its command line. */
export const LIBRARY_QUERY = "hyperframes-native=library";
/** Name under which the library exports `loadProducer`. */
export const LIBRARY_EXPORT = "hyperframesNativeLoadProducer";

const packages = new Map<string, PackageInfo | undefined>();

/** The `hyperframes` package whose `dist` holds the module `url`, if it is one of its files. */
export function cliOwning(url: string): PackageInfo | undefined {
  if (!url.startsWith("file:") || !/\/dist\/[^/]+\.js(?:[?#]|$)/.test(url)) return undefined;
  const root = dirname(dirname(fileURLToPath(new URL(url))));
  if (!packages.has(root)) {
    const info = existsSync(join(root, "package.json")) ? readPackage(root) : undefined;
    packages.set(root, info?.name === "hyperframes" ? info : undefined);
  }
  return packages.get(root);
}

/** A rewritten module. */
export interface Transformed {
  source: string;
  /** Names of the loaders that were wrapped in it. */
  hits: string[];
}

/**
 * Renames the loader functions of a CLI module and adds functions of the old names, which pass the
 * result of the originals to `wrapLoaded` of the module `runtimeUrl`. The bodies do not matter: they
 * differ between versions, the names do not.
 *
 * @returns undefined when the module declares none of the loaders
 */
export function wrapLoaders(
  source: string,
  cli: PackageInfo,
  runtimeUrl: string,
): Transformed | undefined {
  const hits: string[] = [];
  let text = source;
  const identity = JSON.stringify({ package: cli.name, version: cli.version, dir: cli.dir });
  for (const name of LOADERS) {
    const declaration = new RegExp(`^async function ${name}\\(\\)`, "m");
    if (!declaration.test(text)) continue;
    hits.push(name);
    const original = `hyperframesNativeOriginal_${name}`;
    text = text.replace(
      declaration,
      `async function ${name}() { return hyperframesNativeWrap(await ${original}(), ` +
        `${identity}); }\n` +
        `async function ${original}()`,
    );
  }
  if (hits.length === 0) return undefined;
  const early = hits.includes("loadProducer") ? ", hyperframesNativeOriginal_loadProducer" : "";
  const head =
    `import { wrapLoaded as hyperframesNativeWrap, noteHook as hyperframesNativeNote } ` +
    `from ${JSON.stringify(runtimeUrl)}; ` +
    `hyperframesNativeNote(${JSON.stringify(hits)}, ${identity}${early});`;
  return { source: afterShebang(text, head), hits };
}

/**
 * Turns the single file of an older CLI into a library that exports `loadProducer`: leaves out the
 * command line, which is the last module of the bundle.
 *
 * @returns undefined when the file has another layout
 */
export function asLibrary(source: string): string | undefined {
  const loaderAt = source.search(/^async function loadProducer\(\)/m);
  if (loaderAt < 0) return undefined;
  const entry = /^\/\/ (?:\.\.\/cli\/)?src\/cli\.ts$/gm;
  entry.lastIndex = loaderAt;
  const end = entry.exec(source)?.index;
  if (end === undefined) return undefined;
  return `${source.slice(0, end)}\nexport { loadProducer as ${LIBRARY_EXPORT} };\n`;
}

function afterShebang(text: string, head: string): string {
  const shebang = /^#!.*\n/.exec(text)?.[0] ?? "";
  return shebang + head + text.slice(shebang.length);
}
