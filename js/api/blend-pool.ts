/** `BlendPool`: HyperFrames' transitions on native threads, for callers with frames of their own. */
import { type Check, invalid, whole } from "../base/checks.js";
import { NativeRenderError } from "../base/errors.js";
import { addonError, callAddon } from "../wire/addon-error.js";
import { loadBinding, type NativeBlendPool } from "../wire/binding.js";
import type { BlendPoolStats } from "../wire/generated.js";

/** Bounds of a {@link BlendPool}. */
export interface BlendPoolOptions {
  /** Threads that draw; default one per processor. */
  threads?: number;
  /** Most blends in flight; further ones wait. Default 8. */
  inFlight?: number;
  /**
   * Most bytes of noise fields kept between frames, default 256 MiB. A transition whose field does
   * not fit is drawn many times slower. `domain-warp` has the largest: 24 MiB at 1920x1080.
   */
  cacheBytes?: number;
}

const MOST_THREADS = 256;
const MOST_IN_FLIGHT = 1024;
const DEFAULT_IN_FLIGHT = 8;
const DEFAULT_CACHE_BYTES = 256 * 1024 * 1024;

const CHECKS: Record<keyof BlendPoolOptions, Check> = {
  threads: whole(1, MOST_THREADS),
  inFlight: whole(1, MOST_IN_FLIGHT),
  cacheBytes: whole(0, Number.MAX_SAFE_INTEGER),
};

/**
 * HyperFrames' transitions between two frames, on native threads. Frames are rgb48le: three
 * 16-bit samples a pixel (R, G, B), little-endian, rows without padding. Blends run one at a time,
 * each on all threads, in no guaranteed order.
 */
export class BlendPool {
  readonly #native: NativeBlendPool;
  readonly #unknown = new Set<string>();

  /** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the option */
  constructor(options: BlendPoolOptions = {}) {
    for (const [name, check] of Object.entries(CHECKS)) {
      const value = options[name as keyof BlendPoolOptions];
      const expected = value === undefined ? undefined : check(value);
      if (expected) throw invalid(name, expected, value);
    }
    const { threads = 0, inFlight = DEFAULT_IN_FLIGHT, cacheBytes = DEFAULT_CACHE_BYTES } = options;
    const { BlendPool: Native } = loadBinding();
    this.#native = callAddon(() => new Native(threads, inFlight, cacheBytes));
  }

  /**
   * Draws `shader` at `progress` (0 to 1, clamped) into `out`. The buffers are used in place: until
   * the promise settles, do not write, transfer or detach any of them, and do not read `out`. `from`
   * and `to` may be one buffer, and shared with other blends; `out` may not.
   *
   * An empty or unknown `shader` is drawn as a crossfade; an unknown one is logged once.
   *
   * @throws NativeRenderError `HF_NATIVE_BLEND_INPUT` naming the argument,
   *   `HF_NATIVE_BLEND_CLOSED` after {@link close}
   */
  async blend(
    shader: string,
    from: Uint8Array,
    to: Uint8Array,
    out: Uint8Array,
    width: number,
    height: number,
    progress: number,
  ): Promise<void> {
    if (typeof shader !== "string") throw wrong("shader", "a string", shader);
    checkBytes("from", from);
    checkBytes("to", to);
    checkBytes("out", out);
    for (const [name, value] of Object.entries({ width, height })) {
      if (!Number.isInteger(value)) throw wrong(name, "a whole number of pixels", value);
    }
    if (typeof progress !== "number") throw wrong("progress", "a number from 0 to 1", progress);
    let known: boolean;
    try {
      known = await this.#native.blend(shader, from, to, out, width, height, progress);
    } catch (cause) {
      throw addonError(cause);
    }
    if (!known && !this.#unknown.has(shader)) {
      this.#unknown.add(shader);
      console.warn(`[hyperframes-native] No transition "${shader}": a crossfade takes its place.`);
    }
  }

  /** Counts since the pool was made. */
  stats(): BlendPoolStats {
    return JSON.parse(this.#native.stats());
  }

  /** Rejects waiting blends. Resolves when the running blend has ended. */
  async close(): Promise<void> {
    await this.#native.close();
  }
}

/** Refuses memory that other threads may change, or that may be resized, during a blend. */
function checkBytes(name: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw wrong(name, "a Buffer or Uint8Array", value);
  const { buffer } = value as { buffer: ArrayBufferLike & { resizable?: boolean } };
  if (!(buffer instanceof ArrayBuffer)) {
    throw wrong(name, "a Uint8Array of an ArrayBuffer", "one of a SharedArrayBuffer");
  }
  if (buffer.resizable) {
    throw wrong(name, "a Uint8Array of an ArrayBuffer of fixed size", "one of a resizable one");
  }
}

function wrong(name: string, expected: string, got: unknown): NativeRenderError {
  const shown = typeof got === "string" || typeof got === "number" ? String(got) : typeof got;
  const message = `${name} must be ${expected}, got ${shown}.`;
  return new NativeRenderError("HF_NATIVE_BLEND_INPUT", message);
}
