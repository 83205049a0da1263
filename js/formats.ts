/** Output formats of the native core. */
export const NATIVE_FORMATS = ["mp4", "webm", "mov", "gif", "png-sequence"] as const;

/** One of them. */
export type NativeFormat = (typeof NATIVE_FORMATS)[number];

/** Whether the native core writes this format. */
export function isNativeFormat(format: string): format is NativeFormat {
  return (NATIVE_FORMATS as readonly string[]).includes(format);
}
