/** The output formats and what each of them can hold. */

/** Formats that the native core writes; the HyperFrames engine writes the others. */
export const NATIVE_FORMATS = ["mp4", "webm", "mov", "gif", "png-sequence"] as const;

/** A format that the native core writes. */
export type NativeFormat = (typeof NATIVE_FORMATS)[number];

/** Whether the native core writes this format. */
export function isNativeFormat(format: string): format is NativeFormat {
  return (NATIVE_FORMATS as readonly string[]).includes(format);
}

/** Whether the output is a folder instead of a file. */
export function isFolderFormat(format: string | undefined): boolean {
  return format === "png-sequence" || format === "hls";
}

/** Whether the format can hold HDR; upstream renders all others in SDR. */
export function canBeHdr(format: string | undefined): boolean {
  return format === undefined || format === "mp4";
}

/** Whether the format's encoder takes a CRF or a bit rate. */
export function hasRateControl(format: string | undefined): boolean {
  return format !== "mov" && format !== "gif" && format !== "png-sequence";
}

/** The largest CRF: 63 for libvpx (webm), 51 for x264. */
export function maxCrf(format: string | undefined): number {
  return format === "webm" ? 63 : 51;
}
