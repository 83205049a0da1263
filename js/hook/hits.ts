/** Which functions of the CLI the load hook found; kept without the rest of this package. */

const HITS = Symbol.for("@hyperframes/producer-native/hook-hits");
const shared = globalThis as { [HITS]?: Set<string> };

/** Notes the names of loader functions that a module of the CLI has. */
export function noteHits(names: readonly string[]): void {
  shared[HITS] ??= new Set();
  for (const name of names) shared[HITS].add(name);
}

/** Names of the loader functions that were found so far in this process. */
export function hookHits(): ReadonlySet<string> {
  return shared[HITS] ?? new Set();
}
