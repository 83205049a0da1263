/** The output formats and what each of them can hold: one row a format. */

interface FormatFacts {
  /** The native core writes it; the HyperFrames engine writes the others. */
  native: boolean;
  /** The output is a folder instead of a file. */
  folder: boolean;
  /** The largest CRF of its encoder; absent where that takes neither a CRF nor a bit rate. */
  maxCrf?: number;
  /** Its encoder reads a CRF above the largest one as the largest; others refuse it. */
  clampsCrf?: boolean;
}

const FORMATS = {
  // x264: 0 to 51.
  mp4: { native: true, folder: false, maxCrf: 51, clampsCrf: true },
  // libvpx: 0 to 63.
  webm: { native: true, folder: false, maxCrf: 63 },
  mov: { native: true, folder: false },
  gif: { native: true, folder: false },
  "png-sequence": { native: true, folder: true },
  hls: { native: false, folder: true, maxCrf: 51 },
} as const satisfies Record<string, FormatFacts>;

type Formats = typeof FORMATS;

/** A format as users write it. */
export type OutputFormat = keyof Formats;

/** A format that the native core writes. */
export type NativeFormat = {
  [Name in OutputFormat]: Formats[Name]["native"] extends true ? Name : never;
}[OutputFormat];

/** All formats. */
export const OUTPUT_FORMATS = Object.keys(FORMATS) as OutputFormat[];

/** Formats that the native core writes. */
export const NATIVE_FORMATS = OUTPUT_FORMATS.filter(isNativeFormat);

/** What is known of a format; without one, of the default. */
function factsOf(format: string | undefined): FormatFacts | undefined {
  return Object.entries(FORMATS).find(([name]) => name === (format ?? "mp4"))?.[1];
}

/** Whether the native core writes this format. */
export function isNativeFormat(format: string): format is NativeFormat {
  return factsOf(format)?.native ?? false;
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
