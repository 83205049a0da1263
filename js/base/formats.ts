/** What is particular to each output format. */

/** Formats that the native core writes. */
export const NATIVE_FORMATS = ["mp4", "webm", "mov", "gif", "png-sequence"] as const;

/** One of them. */
export type NativeFormat = (typeof NATIVE_FORMATS)[number];

/** Whether the native core writes this format. */
export function isNativeFormat(format: string): format is NativeFormat {
  return (NATIVE_FORMATS as readonly string[]).includes(format);
}

/** Whether the output is a folder instead of a file. */
export function isFolderFormat(format: string | undefined): boolean {
  return format === "png-sequence" || format === "hls";
}

/** Whether the format can hold HDR; the producer renders all others in SDR. */
export function canBeHdr(format: string | undefined): boolean {
  return format === undefined || format === "mp4";
}

/** Whether crf and bit rate mean anything to the format's encoder. */
export function hasRateControl(format: string | undefined): boolean {
  return format !== "mov" && format !== "gif" && format !== "png-sequence";
}

/** The largest crf: libvpx counts to 63, x264 to 51. */
export function maxCrf(format: string | undefined): number {
  return format === "webm" ? 63 : 51;
}
