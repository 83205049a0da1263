/** How the environment wants renders to be routed. */
export type NativeMode = "auto" | "only" | "off";

/**
 * Reads `HYPERFRAMES_NATIVE`: `only` forbids the CLI's own engine, `off` leaves everything to it,
 * anything else lets the input decide.
 */
export function nativeMode(env: NodeJS.ProcessEnv = process.env): NativeMode {
  const value = env.HYPERFRAMES_NATIVE?.trim().toLowerCase();
  return value === "only" || value === "off" ? value : "auto";
}
