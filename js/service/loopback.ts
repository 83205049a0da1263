/** Names of this machine. */

/** Whether a host's name or address is one of loopback. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
