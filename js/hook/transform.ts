/** Rewriting the source of modules of the CLI, and of a producer that is imported by itself. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PackageInfo, readPackage } from "../base/packages.js";

/** The two functions through which the CLI loads its producer; the oldest versions have only the first. */
const LOADERS = ["loadProducer", "loadStudioProducer"] as const;

/** How Studio's server loads the producer in versions that have no function for it. */
const INLINE_STUDIO =
  /(const \{ createRenderJob: \w+, executeRenderJob: \w+ \} = await )Promise\.resolve\(\)\.then\(\(\) => \(\w+\(\), \w+\)\)/;

/** URL query for importing the CLI's file as a library, without running its command line. */
export const LIBRARY_QUERY = "hyperframes-native=library";
/** Name under which the library exports `loadProducer`. */
export const LIBRARY_EXPORT = "hyperframesNativeLoadProducer";

/** The producer's modules that render (`docs/upstream.md#producer-modules`). */
const PRODUCER_MODULES = /\/dist\/(?:index|public-server)\.js(?:[?#]|$)/;
const EXECUTE = /^async function executeRenderJob\(/m;

const packages = new Map<string, PackageInfo | undefined>();

/** The `hyperframes` package whose `dist` holds the module `url`, if it is one of its files. */
export function cliOwning(url: string): PackageInfo | undefined {
  const info = packageOf(url);
  return info?.name === "hyperframes" ? info : undefined;
}

/** The `@hyperframes/producer` one of whose rendering modules `url` is. */
export function producerOwning(url: string): PackageInfo | undefined {
  if (!PRODUCER_MODULES.test(url)) return undefined;
  const info = packageOf(url);
  return info?.name === "@hyperframes/producer" ? info : undefined;
}

/** The package whose `dist` holds the module `url`. */
function packageOf(url: string): PackageInfo | undefined {
  if (!url.startsWith("file:") || !/\/dist\/[^/]+\.js(?:[?#]|$)/.test(url)) return undefined;
  const root = dirname(dirname(fileURLToPath(new URL(url))));
  if (!packages.has(root)) {
    packages.set(root, existsSync(join(root, "package.json")) ? readPackage(root) : undefined);
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
    const wrapped =
      `async function ${name}() { return hyperframesNativeWrap(await ${original}(), ` +
      `${identity}); }\nasync function ${original}()`;
    // A function: a path may hold what `replace` takes for a pattern.
    text = text.replace(declaration, () => wrapped);
  }
  if (hits.length === 0) return undefined;
  if (hits.includes("loadProducer") && INLINE_STUDIO.test(text)) {
    hits.push("loadStudioProducer");
    text = text.replace(INLINE_STUDIO, "$1loadProducer()");
  }
  const early = hits.includes("loadProducer") ? ", hyperframesNativeOriginal_loadProducer" : "";
  const head =
    `import { wrapLoaded as hyperframesNativeWrap, noteHook as hyperframesNativeNote } ` +
    `from ${JSON.stringify(runtimeUrl)}; ` +
    `hyperframesNativeNote(${JSON.stringify(hits)}, ${identity}${early});`;
  return { source: afterShebang(text, head), hits };
}

/**
 * Renames `executeRenderJob` of a producer's module and adds one of that name, which is what
 * `directProducer` of the module `runtimeUrl` gives. `adoptClasses` gets its error classes.
 *
 * @returns undefined when the module declares none
 */
export function wrapDirect(
  source: string,
  producer: PackageInfo,
  runtimeUrl: string,
): string | undefined {
  if (!EXECUTE.test(source)) return undefined;
  const original = "hyperframesNativeOriginal_executeRenderJob";
  const { dir, name, version, manifest } = producer;
  const { exports, module, main } = manifest;
  const info = JSON.stringify({ dir, name, version, manifest: { exports, module, main } });
  const classes = ["RenderCancelledError", "RenderQualityError"].map(
    (one) => `${one}: typeof ${one} === "undefined" ? undefined : ${one}`,
  );
  const text = source.replace(
    EXECUTE,
    `async function executeRenderJob(...args) { return hyperframesNativeExecute(...args); }\n` +
      `async function ${original}(`,
  );
  const head =
    `import { directProducer as hyperframesNativeDirect, adoptClasses as hyperframesNativeAdopt } ` +
    `from ${JSON.stringify(runtimeUrl)}; ` +
    `const hyperframesNativeExecute = hyperframesNativeDirect({ info: ${info}, ` +
    `url: import.meta.url, original: ${original}, replaced: executeRenderJob }); `;
  return `${afterShebang(text, head)}\nhyperframesNativeAdopt({ ${classes.join(", ")} });\n`;
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
