/** Upstream's own functions, where the load hook has put this engine in their place. */

type Callable = (...args: never[]) => unknown;

const ORIGINALS = Symbol.for("@hyperframes/producer-native/originals");
const shared = globalThis as { [ORIGINALS]?: WeakMap<object, Callable> };

/** Remembers which function of upstream's another one stands for, in all copies of this package. */
export function noteOriginal(replacement: Callable, original: Callable): void {
  shared[ORIGINALS] ??= new WeakMap();
  shared[ORIGINALS].set(replacement, original);
}

/** A namespace with upstream's own functions; the same object when none was replaced. */
export function withOriginals<T extends object>(namespace: T): T {
  const replaced = Object.entries(namespace).flatMap(([name, value]) => {
    const original = typeof value === "function" ? shared[ORIGINALS]?.get(value) : undefined;
    return original ? [[name, original] as const] : [];
  });
  return replaced.length > 0 ? { ...namespace, ...Object.fromEntries(replaced) } : namespace;
}
