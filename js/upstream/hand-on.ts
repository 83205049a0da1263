/**
 * Exports that are upstream's own: found and loaded when they are first used. Importing this package
 * loads none of them.
 */
import { messageOf } from "../base/errors.js";
import { isOfFamily } from "./class-families.js";
import {
  findInstalled,
  hasEntry,
  type Installed,
  importMembers,
  type Members,
  requireMembers,
  type Subpath,
} from "./installed.js";
import { noProducer } from "./resolve.js";

/** Where exports are looked for. */
export interface Source {
  /** Entries of a package, best first. */
  subpaths: readonly Subpath[];
  /** Whether jobs that the code of the entry renders are this engine's. */
  isNative?: boolean;
}

const handedOn = new WeakSet<object>();
const found = new Map<string, unknown>();

/** Whether an export of this package is upstream's own. */
export function isHandedOn(value: unknown): boolean {
  return (typeof value === "function" || typeof value === "object") && value !== null
    ? handedOn.has(value)
    : false;
}

/** A function of upstream's that gives a promise. What is wrong rejects it. */
export function asyncFunction<F extends (...args: never[]) => Promise<unknown>>(
  name: string,
  source: Source,
): F {
  const call = async (...args: never[]) => ((await member(name, source)) as F)(...args);
  return named(name, call) as unknown as F;
}

/**
 * A function of upstream's that gives its result at once, and therefore loads upstream without
 * waiting, which takes some 0.4 s the first time.
 */
export function syncFunction<F extends (...args: never[]) => unknown>(
  name: string,
  source: Source,
): F {
  const call = (...args: never[]) => (memberNow(name, source) as F)(...args);
  return named(name, call) as unknown as F;
}

/** An error class, or another one, of upstream's. To test with `instanceof` loads nothing. */
export function handedOnClass<C extends abstract new (...args: never) => object>(
  name: string,
  source: Source,
): C {
  const real = () => memberNow(name, source) as C & (new (...args: unknown[]) => object);
  function isInstance(this: unknown, value: unknown): boolean {
    // A subclass has inherited this.
    if (this !== proxy) return Function.prototype[Symbol.hasInstance].call(this, value);
    return isOfFamily(name, value) || (found.has(name) && value instanceof real());
  }
  const proxy: object = new Proxy(
    named(name, function placeholder() {}),
    {
      construct: (_, args, target) =>
        Reflect.construct(real(), args, (target as object) === proxy ? real() : target),
      get(placeholder, key) {
        // Asked for by every `instanceof`, and by whoever prints the class.
        if (key === Symbol.hasInstance) return isInstance;
        return key === "name"
          ? name
          : Reflect.get(found.has(name) || key === "prototype" ? real() : placeholder, key);
      },
    },
  );
  handedOn.add(proxy);
  return proxy as C;
}

/** A constant object of upstream's. */
export function handedOnObject<T extends object>(name: string, source: Source): T {
  const real = () => memberNow(name, source) as T;
  const proxy = new Proxy({} as T, {
    get: (_, key) => Reflect.get(real(), key),
    has: (_, key) => Reflect.has(real(), key),
    ownKeys: () => Reflect.ownKeys(real()),
    set: (_, key, value) => Reflect.set(real(), key, value),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(real(), key);
      // What the proxy's own target has not must not be said to be fixed.
      return descriptor && { ...descriptor, configurable: true };
    },
  });
  handedOn.add(proxy);
  return proxy;
}

function named<F extends (...args: never[]) => unknown>(name: string, call: F): F {
  Object.defineProperty(call, "name", { value: name, configurable: true });
  handedOn.add(call);
  return call;
}

async function member(name: string, source: Source): Promise<unknown> {
  if (found.has(name)) return found.get(name);
  const problems: string[] = [];
  for (const [installed, subpath] of entries(source)) {
    try {
      const members = await importMembers(installed, subpath, source.isNative);
      if (take(name, members)) return found.get(name);
      problems.push(problem(installed, subpath, `exports no ${name}`));
    } catch (error) {
      problems.push(problem(installed, subpath, messageOf(error)));
    }
  }
  throw missing(name, problems);
}

function memberNow(name: string, source: Source): unknown {
  if (found.has(name)) return found.get(name);
  const problems: string[] = [];
  for (const [installed, subpath] of entries(source)) {
    try {
      if (take(name, requireMembers(installed, subpath, source.isNative))) return found.get(name);
      problems.push(problem(installed, subpath, `exports no ${name}`));
    } catch (error) {
      problems.push(problem(installed, subpath, messageOf(error)));
    }
  }
  throw missing(name, problems);
}

function* entries({ subpaths }: Source): Generator<[Installed, Subpath]> {
  for (const installed of findInstalled([process.cwd()])) {
    for (const subpath of subpaths) {
      if (hasEntry(installed, subpath)) yield [installed, subpath];
    }
  }
}

function take(name: string, members: Members): boolean {
  if (members[name] === undefined) return false;
  found.set(name, members[name]);
  return true;
}

function problem({ info }: Installed, subpath: Subpath, what: string): string {
  const entry = subpath === "." ? "" : subpath.slice(1);
  return `${info.name}${entry} ${info.version} in ${info.dir} ${what}`;
}

function missing(name: string, problems: readonly string[]): Error {
  return noProducer(
    `"${name}" is HyperFrames' own, and no package was found that has it.`,
    problems,
  );
}
