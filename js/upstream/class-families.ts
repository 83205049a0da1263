/**
 * Error classes of the same name, of this package and of every release of upstream in this process.
 * An error of one of them is an instance of all: callers test with the class that they imported.
 */

type Class = abstract new (...args: never) => unknown;

/** The error classes that upstream exports. */
const NAMES = [
  "FontFetchError",
  "FontFetchUnavailableError",
  "FormatNotSupportedInDistributedError",
  "InvalidConfigError",
  "PlanProtocolUnsupportedError",
  "PlanTooLargeError",
  "PlanV2IntegrityError",
  "PlanValidationError",
  "PlanVideosMetadataError",
  "RenderCancelledError",
  "RenderChunkValidationError",
  "RenderQualityError",
] as const;
const FAMILIES = Symbol.for("@hyperframes/producer-native/class-families");
const shared = globalThis as { [FAMILIES]?: Map<string, Set<Class>> };
const isInstance = Function.prototype[Symbol.hasInstance];

/** Adds the error classes of a namespace to their families. */
export function adoptClasses(namespace: Readonly<Record<string, unknown>>): void {
  for (const name of NAMES) {
    const member = namespace[name];
    if (typeof member === "function") joinFamily(name, member as unknown as Class);
  }
}

/** Makes `instanceof` of a class hold for all classes of that name. Subclasses stay apart. */
export function joinFamily(name: string, member: Class): void {
  const family = familyOf(name);
  if (family.has(member)) return;
  family.add(member);
  Object.defineProperty(member, Symbol.hasInstance, {
    configurable: true,
    value(this: Class, value: unknown) {
      return this === member ? isOfFamily(name, value) : isInstance.call(this, value);
    },
  });
}

/** Whether a value is an instance of any class of that name. */
export function isOfFamily(name: string, value: unknown): boolean {
  return [...familyOf(name)].some((member) => isInstance.call(member, value));
}

function familyOf(name: string): Set<Class> {
  shared[FAMILIES] ??= new Map();
  const family = shared[FAMILIES].get(name) ?? new Set();
  shared[FAMILIES].set(name, family);
  return family;
}
