import type { LoadFnOutput, LoadHookContext } from "node:module";
import { asLibrary, cliOwning, LIBRARY_QUERY, wrapLoaders } from "./transform.js";

/** Address of the module that the rewritten CLI imports. */
const RUNTIME_URL = new URL("../cli/hook-runtime.js", import.meta.url).href;

/** Rewrites one loaded module of the CLI, or gives it back as it came. */
export function rewrite(url: string, loaded: LoadFnOutput): LoadFnOutput {
  const cli = cliOwning(url);
  if (!cli || loaded.source === undefined || loaded.source === null) return loaded;
  const source = textOf(loaded.source);
  if (!source.includes("async function load")) return loaded;
  if (new URL(url).search.includes(LIBRARY_QUERY)) {
    const library = asLibrary(source);
    return library === undefined ? loaded : { ...loaded, source: library };
  }
  const wrapped = wrapLoaders(source, cli, RUNTIME_URL);
  return wrapped ? { ...loaded, source: wrapped.source } : loaded;
}

/** `load` hook for `module.register`, which runs it in a thread of its own. */
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

function textOf(source: NonNullable<LoadFnOutput["source"]>): string {
  return typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString("utf8");
}
