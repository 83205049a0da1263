/** Which engine the environment asks for. */

/** See {@link nativeMode}. */
export type NativeMode = "auto" | "only" | "off";

/**
 * Reads `HYPERFRAMES_NATIVE`: `only` forbids the HyperFrames engine, `off` gives everything to it,
 * anything else lets the input decide.
 */
export function nativeMode(env: NodeJS.ProcessEnv = process.env): NativeMode {
  const value = env.HYPERFRAMES_NATIVE?.trim().toLowerCase();
  return value === "only" || value === "off" ? value : "auto";
}
