/** The output formats and what each of them can hold: one row a format. */

interface FormatFacts {
  /** The output is a folder instead of a file. */
  folder: boolean;
  /** The largest CRF of its encoder; absent where that takes neither a CRF nor a bit rate. */
  maxCrf?: number;
  /** Its encoder reads a CRF above the largest one as the largest; others refuse it. */
  clampsCrf?: boolean;
}

const FORMATS = {
  // x264: 0 to 51.
  mp4: { folder: false, maxCrf: 51, clampsCrf: true },
  // libvpx: 0 to 63.
  webm: { folder: false, maxCrf: 63 },
  mov: { folder: false },
  gif: { folder: false },
  "png-sequence": { folder: true },
  hls: { folder: true, maxCrf: 51, clampsCrf: true },
} as const satisfies Record<string, FormatFacts>;

/** A format as users write it. */
export type OutputFormat = keyof typeof FORMATS;

/** All formats. The native core writes each of them. */
export const OUTPUT_FORMATS = Object.keys(FORMATS) as OutputFormat[];

/** What is known of a format; without one, of the default. */
function factsOf(format: string | undefined): FormatFacts | undefined {
  return Object.entries(FORMATS).find(([name]) => name === (format ?? "mp4"))?.[1];
}

/** Whether it is a format that the native core writes, and none of a later HyperFrames. */
export function isNativeFormat(format: string): format is OutputFormat {
  return factsOf(format) !== undefined;
}

/** Whether the output is a folder instead of a file. */
export function isFolderFormat(format: string | undefined): boolean {
  return factsOf(format)?.folder ?? false;
}

/** Whether the format's encoder takes a CRF or a bit rate. */
export function hasRateControl(format: string | undefined): boolean {
  const facts = factsOf(format);
  return facts === undefined || facts.maxCrf !== undefined;
}

/** The largest CRF of the format's encoder. */
export function maxCrf(format: string | undefined): number {
  return factsOf(format)?.maxCrf ?? FORMATS.mp4.maxCrf;
}

/** Whether a larger CRF means the largest one. */
export function clampsCrf(format: string | undefined): boolean {
  return factsOf(format)?.clampsCrf ?? false;
}
