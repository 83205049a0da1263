import os from "node:os";
import { invalid } from "../base/checks.js";
import { addonError, callAddon } from "../base/errors.js";
import { loadBinding, type NativeFrameSourceCache } from "../wire/binding.js";

/** How a {@link FrameSourceCache} did. */
export interface FrameSourceCacheStats {
  /** Files held, and their bytes. */
  entries: number;
  bytes: number;
  /** Most bytes ever held; never above the bound. */
  peakBytes: number;
  /** Requests answered from memory, or by a read that somebody else had begun. */
  hits: number;
  /** Requests that read the file. */
  misses: number;
  /** Files dropped to make room. */
  evictions: number;
  /** Files larger than the whole budget: handed out, never held. */
  oversized: number;
}

/** Bounds of a {@link FrameSourceCache}. */
export interface FrameSourceCacheOptions {
  /** Most files; at least 32. */
  entries?: number;
  /** Most MiB; at least 64. */
  megabytes?: number;
}

const FLOOR = { entries: 32, megabytes: 64 };
/** Defaults by the machine's memory in MiB: below 4 GB, up to 8 GB, above (the producer's own). */
const TIERS = [
  { below: 4096, entries: 32, megabytes: 128 },
  { below: 8193, entries: 64, megabytes: 256 },
  { below: Number.POSITIVE_INFINITY, entries: 256, megabytes: 1500 },
];

/**
 * Frames by file, in native memory, under two bounds, oldest out first. Whoever asks first reads
 * the file; those who ask meanwhile wait for the same read.
 *
 * The bounds come from the options, then from `PRODUCER_FRAME_DATA_URI_CACHE_LIMIT` (files) and
 * `PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB`, then from the memory that this process may use,
 * a container's limit counted.
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

  stats(): FrameSourceCacheStats {
    return JSON.parse(this.#native.stats());
  }
}

/** The bounds in force; see {@link FrameSourceCache}. */
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

/** What this process may use: the machine's memory, or its container's if that is less. */
function usableMemoryMib(): number {
  const bound = process.constrainedMemory();
  const total = os.totalmem();
  return (bound > 0 && bound < total ? bound : total) / 1024 / 1024;
}
