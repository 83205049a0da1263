/** The addon's exports, loading it, and checking that it is of the same version. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { packageVersion } from "../base/packages.js";
import { addonFile, fileProblem } from "./addon-file.js";
import { WIRE_VERSION } from "./generated.js";

/** One native render. Its answers are JSON of `NativeReply`; none of its promises rejects. */
export interface NativeRender {
  /** The `NativeSummary` of a render whose file is staged, not yet in place. */
  run(): Promise<string>;
  /** Plays a page, and renders nothing; the `WatchedMedia` of it. Instead of `run`. */
  watchMedia(): Promise<string>;
  /** Moves the staged, checked file into place. */
  publish(): Promise<string>;
  /** Removes what is staged and waits for all children. May be called at any time, and again. */
  discard(): Promise<string>;
  /** The last lines that pages wrote to the console, at most `count`, oldest first. */
  consoleTail(count: number): string[];
  /** Makes `run` resolve with `HF_NATIVE_CANCELLED` within a second. Nothing stays staged. */
  cancel(reason: string): void;
}

/** A composition that stays open and gives frames. None of its promises rejects. */
export interface NativeFrameSession {
  /** JSON of `NativeReply` with `SessionFacts`, once the page is open. */
  opened(): Promise<string>;
  /** Takes JSON of `FrameRequest`; `reply` is JSON of `NativeReply`, `picture` the file. */
  frame(requestJson: string, number: number): Promise<{ reply: string; picture?: Buffer }>;
  /** Nobody waits for the frame that was asked for with that number. */
  forget(number: number): void;
  /** Ends its browser; what waits gets `HF_NATIVE_FRAME_CLOSED`. May be called again. */
  close(): Promise<void>;
  /** Closes it in a process that is about to end; returns within half a second. */
  abandon(): void;
}

/** A frame cache; see `src/node/frame_cache.rs`. */
export interface NativeFrameSourceCache {
  get(path: string): Promise<Buffer>;
  /** JSON of `FrameSourceCacheStats`. */
  stats(): string;
}

/** A blend pool; see `src/node/blend_pool.rs`. */
export interface NativeBlendPool {
  /** Resolves with false when `shader` names no transition and a crossfade was drawn. */
  blend(
    shader: string,
    from: Uint8Array,
    to: Uint8Array,
    out: Uint8Array,
    width: number,
    height: number,
    progress: number,
  ): Promise<boolean>;
  /** JSON of `BlendPoolStats`. */
  stats(): string;
  close(): Promise<void>;
}

/** The addon's exports; see `src/node/mod.rs`. */
export interface NativeBinding {
  /** Takes JSON of `RenderSpec`, gives JSON of `NativeEvent`. */
  NativeRender: new (
    specJson: string,
    onEvent: (eventJson: string) => void,
  ) => NativeRender;
  /** Opens the composition of a `RenderSpec`; gives JSON of `NativeEvent`. */
  FrameSession: new (
    specJson: string,
    onEvent: (eventJson: string) => void,
  ) => NativeFrameSession;
  /** The plan for a `RenderSpec` and its sources, without a browser: JSON of `NativeReply`. */
  explainPlan(specJson: string): Promise<string>;
  /**
   * Starts a browser in the background for the next render that needs one like it. Takes JSON of
   * `WarmRequest`; throws only when it cannot be read.
   */
  warmBrowser(requestJson: string): void;
  /**
   * Ends browsers that were started ahead and that no render has taken. While renders run, the
   * last of them does so. Resolves when their processes and folders are gone.
   */
  coolBrowsers(): Promise<void>;
  /**
   * The same for a process that is about to end; waits for renders that were cancelled, too.
   * Returns within half a second.
   */
  abandonBrowsers(): void;
  /** Ends the process with `code` after `ms`, if it has not ended by then. */
  endWithin(ms: number, code: number): void;
  /** At most `entries` files and `bytes` bytes. */
  FrameSourceCache: new (
    entries: number,
    bytes: number,
  ) => NativeFrameSourceCache;
  /** `threads` of 0 means one per processor. */
  BlendPool: new (
    threads: number,
    inFlight: number,
    cacheBytes: number,
  ) => NativeBlendPool;
  /** Version of the package that the addon belongs to. */
  nativeVersion(): string;
  /** The `WIRE_VERSION` that the addon was built with. */
  wireVersion(): string;
}

/** How long the process may take to end once it has said so. */
const END_MS = 2_000;
const PLATFORMS = "Linux x64 and arm64 with glibc, macOS x64 and arm64";
const LOADER = fileURLToPath(new URL("../../native/index.cjs", import.meta.url));
let loaded: NativeBinding | undefined;

/**
 * Loads the addon on first use.
 *
 * @throws NativeRenderError `HF_NATIVE_ADDON_MISSING`, `HF_NATIVE_ADDON_VERSION`
 */
export function loadBinding(): NativeBinding {
  if (loaded) return loaded;
  const addon = requireAddon();
  assertSameVersion(addon, packageVersion());
  loaded = addon;
  // Node waits at its very end for its threads, and one of them may be waiting for ever: in the
  // opening of a pipe, say. A worker thread that ends is not the process.
  if (isMainThread) process.once("exit", (code) => addon.endWithin(END_MS, code));
  return loaded;
}

/**
 * Loads the addon, and says why where that is not possible.
 *
 * @returns the error of {@link loadBinding}; undefined when there is none
 */
export function whyNotLoaded(
  load: () => NativeBinding = loadBinding,
): NativeRenderError | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    if (error instanceof NativeRenderError) return error;
    throw error;
  }
}

/** What the addon says of itself. One that was built before it could say so lacks functions. */
type AddonVersion = Partial<Pick<NativeBinding, "nativeVersion" | "wireVersion">>;

/**
 * Checks that the addon is of this release and was built with these types.
 *
 * @param version of this package
 * @throws NativeRenderError `HF_NATIVE_ADDON_VERSION` naming both versions
 */
export function assertSameVersion(addon: AddonVersion, version: string): void {
  const native = addon.nativeVersion?.() ?? "unknown";
  const wire = addon.wireVersion?.() ?? "unknown";
  if (native === version && wire === WIRE_VERSION) return;
  throw new NativeRenderError(
    "HF_NATIVE_ADDON_VERSION",
    `The native addon has version ${native} (wire ${wire}), the JavaScript of ` +
      `@hyperframes/producer-native has ${version} (wire ${WIRE_VERSION}). Reinstall the package, ` +
      "so that both come from one release, or in a clone run `npm run build` (needs Rust). " +
      "HYPERFRAMES_NATIVE=off renders with the HyperFrames engine meanwhile.",
  );
}

function requireAddon(): NativeBinding {
  const file = addonFile(LOADER);
  const problem = file && fileProblem(file);
  if (problem) throw notLoaded(problem);
  try {
    return createRequire(import.meta.url)(LOADER);
  } catch (cause) {
    throw notLoaded(innermostCause(cause), cause);
  }
}

function notLoaded(why: string, cause?: unknown): NativeRenderError {
  return new NativeRenderError(
    "HF_NATIVE_ADDON_MISSING",
    `The native addon of @hyperframes/producer-native cannot be loaded on ${process.platform} ` +
      `${process.arch}: ${why}. ${remedy(why)} HYPERFRAMES_NATIVE=off renders with the HyperFrames ` +
      "engine and says nothing.",
    { cause },
  );
}

function remedy(why: string): string {
  if (/GLIBC_|GLIBCXX_/.test(why)) {
    return "The C library of this system is older than the addon needs: use a newer system.";
  }
  const places = why.startsWith("Cannot find") ? `It exists for ${PLATFORMS}. ` : "";
  return (
    `${places}Reinstall the package without --omit=optional: ` +
    "`npm install @hyperframes/producer-native`; in a clone, `npm run build` (needs Rust)."
  );
}

/**
 * What went wrong with the addon of this platform. The generated loader tries several files, and
 * chains an error for each of them below one that says nothing.
 *
 * @param error thrown by `native/index.cjs`
 * @returns the first line of a message
 */
export function innermostCause(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at !== undefined && at !== null; at = (at as Error).cause) {
    messages.unshift(messageOf(at).split("\n", 1)[0] ?? "");
  }
  // The outermost only says that there are others. There is no addon for WebAssembly.
  const tried = messages.slice(0, -1).filter((message) => !message.includes("wasi"));
  const isAbsent = (message: string) => message.startsWith("Cannot find module");
  const broken = tried.find((message) => !isAbsent(message));
  const absent = tried.findLast((message) => message.includes("'@hyperframes/"));
  return broken ?? absent ?? tried.at(-1) ?? messages[0] ?? "unknown";
}
