/** Which modules of a producer render with this engine; known to all copies of this package. */

const CHOSEN = Symbol.for("@hyperframes/producer-native/direct-producers");
const shared = globalThis as { [CHOSEN]?: Set<string> };
/** Stands for all modules. */
const ALL = "*";

/**
 * Puts this engine behind producer modules, provided that the load hook rewrites them.
 *
 * @param url of one module; all when left out
 */
export function chooseNative(url: string = ALL): void {
  shared[CHOSEN] ??= new Set();
  shared[CHOSEN].add(url);
}

/** Whether a module renders with this engine. */
export function isChosen(url: string): boolean {
  const chosen = shared[CHOSEN];
  return chosen !== undefined && (chosen.has(ALL) || chosen.has(url));
}
