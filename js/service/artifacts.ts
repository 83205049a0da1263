/** Results that can be downloaded for a while. */
import { randomUUID } from "node:crypto";

/** Old ones are forgotten beyond this number, whatever their age. */
const MAX_ENTRIES = 10_000;

/** Tokens of files. The files themselves are left where they are. */
export class Artifacts {
  readonly #paths = new Map<string, { path: string; expiresAtMs: number }>();

  constructor(
    private readonly ttlMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** @returns the token under which the file can be downloaded */
  add(path: string): string {
    const now = this.now();
    for (const [token, { expiresAtMs }] of this.#paths) {
      // In the order of their age, as all live equally long.
      if (expiresAtMs > now && this.#paths.size < MAX_ENTRIES) break;
      this.#paths.delete(token);
    }
    const token = randomUUID();
    this.#paths.set(token, { path, expiresAtMs: now + this.ttlMs });
    return token;
  }

  /** @returns undefined when there is no such token, or not any more */
  pathOf(token: string): string | undefined {
    const entry = this.#paths.get(token);
    return entry && entry.expiresAtMs > this.now() ? entry.path : undefined;
  }
}
