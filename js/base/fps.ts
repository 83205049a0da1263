/** Reading frame rates as exact rationals. */
import type { Fps } from "./types.js";

/** Exact rational of `30`, `{ num, den }` or `"30000/1001"`; undefined for anything else. */
export function parseFps(value: unknown): Fps | undefined {
  if (typeof value === "number") return rational(value, 1);
  if (typeof value === "string") {
    const match = /^\s*(\d+)(?:\s*\/\s*(\d+))?\s*$/.exec(value);
    return match ? rational(Number(match[1]), Number(match[2] ?? 1)) : undefined;
  }
  if (typeof value === "object" && value !== null) {
    const { num, den } = value as Partial<Fps>;
    return rational(num, den);
  }
  return undefined;
}

function rational(num: unknown, den: unknown): Fps | undefined {
  if (!Number.isInteger(num) || !Number.isInteger(den)) return undefined;
  const fps = { num: num as number, den: den as number };
  return fps.num > 0 && fps.den > 0 ? fps : undefined;
}
