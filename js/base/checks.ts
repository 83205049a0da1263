/** Checks of option values, and the error that names a value at fault. */
import { NativeRenderError } from "./errors.js";

/** Gives what a value should have been, or undefined when it is valid. */
export type Check = (value: unknown) => string | undefined;

export const text: Check = (v) =>
  typeof v === "string" && v.trim() !== "" ? undefined : "a non-empty string";
export const flag: Check = (v) => (typeof v === "boolean" ? undefined : "true or false");
export const record: Check = (v) =>
  typeof v === "object" && v !== null && !Array.isArray(v) ? undefined : "a plain object";
export const callable: Check = (v) => (typeof v === "function" ? undefined : "a function");

/** A bit rate as ffmpeg takes it; empty stands for none. */
export const bitrate: Check = (v) =>
  typeof v === "string" && /^(\d+(\.\d+)?[kmg]?)?$/i.test(v) ? undefined : "a bitrate such as 10M";

/** One of these values. */
export const oneOf =
  (...values: (string | number)[]): Check =>
  (v) =>
    values.includes(v as string) ? undefined : `one of ${values.join(", ")}`;

/** A whole number from `min` to `max`, both included. */
export const whole =
  (min: number, max = Number.POSITIVE_INFINITY): Check =>
  (v) => {
    if (Number.isInteger(v) && (v as number) >= min && (v as number) <= max) return undefined;
    return Number.isFinite(max)
      ? `a whole number from ${min} to ${max}`
      : `a whole number from ${min}`;
  };

/** A finite number of at least `min`; `what` describes it in the message. */
export const atLeast =
  (min: number, what = "a number"): Check =>
  (v) =>
    Number.isFinite(v) && (v as number) >= min ? undefined : `${what} from ${min}`;

export const aboveZero: Check = (v) =>
  Number.isFinite(v) && (v as number) > 0 ? undefined : "a number above 0";

/** The error for an invalid value. */
export function invalid(field: string, expected: string, got: unknown): NativeRenderError {
  let shown: string | undefined;
  try {
    // JSON has no NaN and no Infinity.
    shown = typeof got === "number" ? String(got) : JSON.stringify(got);
  } catch {
    // Not JSON: `String` below shows it.
  }
  return new NativeRenderError(
    "HF_NATIVE_INVALID_OPTION",
    `${field} must be ${expected}, got ${shown ?? String(got)}.`,
  );
}
