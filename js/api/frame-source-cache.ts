/** `FrameSourceCache`: files in native memory under two bounds. */
import os from "node:os";
import { invalid } from "../base/checks.js";
import { addonError, callAddon } from "../wire/addon-error.js";
import { loadBinding, type NativeFrameSourceCache } from "../wire/binding.js";
import type { FrameSourceCacheStats } from "../wire/generated.js";

/** Bounds of a {@link FrameSourceCache}. */
export interface FrameSourceCacheOptions {
  /** Most files; at least 32. */
  entries?: number;
  /** Most MiB; at least 64. */
  megabytes?: number;
}

const FLOOR = { entries: 32, megabytes: 64 };
/** Upstream's defaults by memory in MiB: below 4 GB, up to 8 GB, above. */
const TIERS = [
  { below: 4096, entries: 32, megabytes: 128 },
  { below: 8193, entries: 64, megabytes: 256 },
  { below: Number.POSITIVE_INFINITY, entries: 256, megabytes: 1500 },
];

/**
 * A cache of files in native memory, bounded in files and in bytes. The oldest are dropped first. Of
 * several requests for one file at a time, the first reads it and the others wait for that read.
 *
 * The bounds come from the options, else from `PRODUCER_FRAME_DATA_URI_CACHE_LIMIT` (files) and
 * `PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB`, else from the memory that this process may use, which a
 * container may limit.
 */
export class FrameSourceCache {
  readonly #native: NativeFrameSourceCache;

  /** @throws NativeRenderError `HF_NATIVE_INVALID_OPTION` naming the option */
  constructor(options: FrameSourceCacheOptions = {}) {
    for (const name of ["entries", "megabytes"] as const) {
      const value = options[name];
      if (value !== undefined && !(Number.isFinite(value) && value >= 1)) {
        throw invalid(name, "a number from 1", value);
      }
    }
    const { entries, megabytes } = frameCacheBounds(options, process.env, usableMemoryMib());
    const { FrameSourceCache: Native } = loadBinding();
    this.#native = callAddon(() => new Native(entries, megabytes * 1024 * 1024));
  }

  /**
   * The bytes of the file at `path`.
   *
   * @throws NativeRenderError `HF_NATIVE_IO` when it cannot be read
   */
  async get(path: string): Promise<Buffer> {
    try {
      return await this.#native.get(path);
    } catch (cause) {
      throw addonError(cause);
    }
  }

  /** Counts since the cache was made, and what it holds now. */
  stats(): FrameSourceCacheStats {
    return JSON.parse(this.#native.stats());
  }
}

/** The bounds of a cache; see {@link FrameSourceCache}. */
export function frameCacheBounds(
  options: FrameSourceCacheOptions,
  env: NodeJS.ProcessEnv,
  memoryMib: number,
): Required<FrameSourceCacheOptions> {
  const tier = TIERS.find(({ below }) => memoryMib < below) ?? FLOOR;
  const of = (name: keyof typeof FLOOR, variable: string) => {
    const given = options[name] ?? numeric(env[variable]) ?? tier[name];
    return Math.max(FLOOR[name], Math.trunc(given));
  };
  return {
    entries: of("entries", "PRODUCER_FRAME_DATA_URI_CACHE_LIMIT"),
    megabytes: of("megabytes", "PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB"),
  };
}

function numeric(text: string | undefined): number | undefined {
  const value = Number(text);
  return text?.trim() && Number.isFinite(value) ? value : undefined;
}

/** The machine's memory, or its container's limit if that is less. */
function usableMemoryMib(): number {
  const bound = process.constrainedMemory();
  const total = os.totalmem();
  return (bound > 0 && bound < total ? bound : total) / 1024 / 1024;
}
