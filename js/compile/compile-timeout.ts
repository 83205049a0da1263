/** How long compiling may take. */

const DEFAULT_TIMEOUT_MS = 600_000;

/** Deadline of upstream's compile stage in ms, unless a caller gives another. */
export function compileTimeoutMs(): number {
  const value = Number(process.env.HYPERFRAMES_NATIVE_COMPILE_TIMEOUT_MS);
  return Number.isFinite(value) && value > 0 ? value : DEFAULT_TIMEOUT_MS;
}
