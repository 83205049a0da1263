import { createRequire } from "node:module";
import { messageOf, NativeRenderError } from "../base/errors.js";

/** One native render; see `src/node` for the other side. */
export interface NativeRender {
  /** Never rejects; JSON of {@link NativeResult}. */
  run(): Promise<string>;
  /** Puts the staged, checked file in its place; JSON `{ ok }`. */
  publish(): Promise<string>;
  /** Removes whatever is staged and waits for all children; may be called at any time, twice. */
  discard(): Promise<string>;
  /** Makes `run` resolve with `HF_NATIVE_CANCELLED` within a second. */
  cancel(reason: string): void;
}

/** A look for HDR among a composition's clips; see `src/node`. */
export interface NativeHdrLook {
  /** Never rejects; JSON `{ ok, hdr? }`. */
  run(): Promise<string>;
  /** Ends the look and what it started. */
  cancel(): void;
}

/** A frame cache; see `src/node/frame_cache.rs`. */
export interface NativeFrameSourceCache {
  get(path: string): Promise<Buffer>;
  stats(): string;
}

/** A blend pool; see `src/node/blend_pool.rs`. */
export interface NativeBlendPool {
  blend(
    shader: string,
    from: Uint8Array,
    to: Uint8Array,
    out: Uint8Array,
    width: number,
    height: number,
    progress: number,
  ): Promise<boolean>;
  stats(): string;
  close(): Promise<void>;
}

/** The addon's exports. */
export interface NativeBinding {
  NativeRender: new (specJson: string, onEvent: (eventJson: string) => void) => NativeRender;
  /** The plan that the spec and its sources lead to, without a browser: JSON `{ok, plan?}`. */
  explainPlan(specJson: string): Promise<string>;
  /**
   * Starts a browser in the background, for the next render that needs one just like it: JSON
   * `{width, height, workers?, engine}`. Throws only when that cannot be read.
   */
  warmBrowser?(requestJson: string): void;
  /**
   * Ends the browsers that were started ahead and that nobody has taken, unless renders run, the
   * last of which does so. Resolves when their processes and folders are gone.
   */
  coolBrowsers?(): Promise<void>;
  /** At most `entries` files and `bytes` bytes. */
  FrameSourceCache: new (
    entries: number,
    bytes: number,
  ) => NativeFrameSourceCache;
  /** `threads` of 0 is one per processor. */
  BlendPool: new (
    threads: number,
    inFlight: number,
    cacheBytes: number,
  ) => NativeBlendPool;
  nativeVersion(): string;
}

const PLATFORMS = "Linux x64 and arm64 with glibc, macOS x64 and arm64";
let loaded: NativeBinding | undefined;

/**
 * Loads the addon on first use.
 *
 * @throws NativeRenderError `HF_NATIVE_ADDON_MISSING`
 */
export function loadBinding(): NativeBinding {
  if (loaded) return loaded;
  try {
    loaded = createRequire(import.meta.url)("../../native/index.cjs") as NativeBinding;
    return loaded;
  } catch (cause) {
    throw new NativeRenderError(
      "HF_NATIVE_ADDON_MISSING",
      `The native addon of @hyperframes/producer-native cannot be loaded on ${process.platform} ` +
        `${process.arch} (${firstLine(messageOf(cause))}). It exists for ${PLATFORMS}. ` +
        "Reinstall without --omit=optional, or build it with `npm run build:native` (needs Rust). " +
        "HYPERFRAMES_NATIVE=off renders with the CLI's own engine meanwhile.",
      { cause },
    );
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
