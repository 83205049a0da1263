/**
 * The load hook: it rewrites the modules of the CLI that load its producer, and those of a producer
 * that is loaded by itself.
 */
import type { LoadFnOutput, LoadHookContext } from "node:module";
import {
  asLibrary,
  cliOwning,
  LIBRARY_QUERY,
  producerOwning,
  wrapDirect,
  wrapLoaders,
} from "./transform.js";

/** URLs of the modules that rewritten modules import: those of the CLI, and those of a producer. */
const RUNTIME_URL = new URL("../cli/hook-runtime.js", import.meta.url).href;
const DIRECT_URL = new URL("../cli/direct-runtime.js", import.meta.url).href;

/** Rewrites a loaded module of the CLI or of a producer; gives every other one back unchanged. */
export function rewrite(url: string, loaded: LoadFnOutput): LoadFnOutput {
  if (loaded.source === undefined || loaded.source === null) return loaded;
  const cli = cliOwning(url);
  if (!cli) {
    const direct = rewriteProducer(url, () => textOf(loaded.source ?? ""));
    return direct === undefined ? loaded : { ...loaded, source: direct };
  }
  if (!mentionsLoader(loaded.source)) return loaded;
  const source = textOf(loaded.source);
  if (new URL(url).search.includes(LIBRARY_QUERY)) {
    const library = asLibrary(source);
    return library === undefined ? loaded : { ...loaded, source: library };
  }
  const wrapped = wrapLoaders(source, cli, RUNTIME_URL);
  return wrapped ? { ...loaded, source: wrapped.source } : loaded;
}

/**
 * The rewritten source of a producer's module.
 *
 * @param read gives the source; called for a producer's module only
 * @returns undefined for every other module
 */
export function rewriteProducer(url: string, read: () => string): string | undefined {
  const producer = producerOwning(url);
  return producer && wrapDirect(read(), producer, DIRECT_URL);
}

/** The `load` hook for `module.register`, which runs it in another thread. */
export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: (
    url: string,
    context?: Partial<LoadHookContext>,
  ) => LoadFnOutput | Promise<LoadFnOutput>,
): Promise<LoadFnOutput> {
  return rewrite(url, await nextLoad(url, context));
}

/** Looked for in the bytes: to decode a module costs more, and hardly any has a loader. */
function mentionsLoader(source: NonNullable<LoadFnOutput["source"]>): boolean {
  const mark = "async function load";
  if (typeof source === "string") return source.includes(mark);
  return bytesOf(source).includes(mark);
}

function bytesOf(source: Exclude<NonNullable<LoadFnOutput["source"]>, string>): Buffer {
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
}

function textOf(source: NonNullable<LoadFnOutput["source"]>): string {
  return typeof source === "string" ? source : bytesOf(source).toString("utf8");
}
