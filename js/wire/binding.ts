/** The addon's exports, and loading it. */
import { createRequire } from "node:module";
import { messageOf, NativeRenderError } from "../base/errors.js";

/** One native render. Its answers are JSON of `NativeReply`; none of its promises rejects. */
export interface NativeRender {
  /** `{ summary }` of a render whose file is staged, not yet in place. */
  run(): Promise<string>;
  /** Moves the staged, checked file into place. */
  publish(): Promise<string>;
  /** Removes what is staged and waits for all children. May be called at any time, and again. */
  discard(): Promise<string>;
  /** Makes `run` resolve with `HF_NATIVE_CANCELLED` within a second. */
  cancel(reason: string): void;
}

/** A frame cache; see `src/node/frame_cache.rs`. */
export interface NativeFrameSourceCache {
  get(path: string): Promise<Buffer>;
  /** JSON. */
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
  /** JSON. */
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
  /** The plan for a `RenderSpec` and its sources, without a browser: JSON reply with `plan`. */
  explainPlan(specJson: string): Promise<string>;
  /**
   * Starts a browser in the background for the next render that needs one like it. Takes JSON of
   * `WarmRequest`; throws only when it cannot be read.
   */
  warmBrowser?(requestJson: string): void;
  /**
   * Ends browsers that were started ahead and that no render has taken. While renders run, the
   * last of them does so. Resolves when their processes and folders are gone.
   */
  coolBrowsers?(): Promise<void>;
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
        "HYPERFRAMES_NATIVE=off renders with the HyperFrames engine meanwhile.",
      { cause },
    );
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
