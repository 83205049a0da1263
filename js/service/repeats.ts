/** Requests that are sent again with the key of an earlier one get its answer. */
import { createHash } from "node:crypto";
import { Refusal } from "./refusal.js";

const MAX_KEY_LENGTH = 255;
const MAX_ENTRIES = 1000;

/** An answer in JSON. */
export interface Answer {
  status: number;
  body: object;
}

interface Entry {
  fingerprint: string;
  answer: Promise<Answer>;
  /** Undefined while the answer is being made. */
  endedAtMs?: number;
}

/** The answers of the last requests with a key. */
export class Repeats {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly ttlMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The answer to a request. A request without a key is always new.
   *
   * @param text the body, by which requests are told apart
   * @throws Refusal for a key that is no key, that another request has, or that there is no room for
   */
  answer(key: string | undefined, text: string, make: () => Promise<Answer>): Promise<Answer> {
    if (key === undefined) return make();
    if (key === "" || key.length > MAX_KEY_LENGTH) {
      throw new Refusal(400, `Idempotency-Key must have 1 to ${MAX_KEY_LENGTH} characters.`);
    }
    const fingerprint = createHash("sha256").update(text).digest("base64");
    this.#forget();
    const known = this.#entries.get(key);
    if (known && known.fingerprint !== fingerprint) {
      throw new Refusal(422, "Idempotency-Key was used for a request with another body.");
    }
    if (known) return known.answer;
    if (this.#entries.size >= MAX_ENTRIES) {
      throw new Refusal(429, "Too many renders with an Idempotency-Key run.", {
        "retry-after": "10",
      });
    }
    const entry: Entry = { fingerprint, answer: make() };
    this.#entries.set(key, entry);
    entry.answer.then(
      (answer) => {
        // What failed may be tried again with the same key.
        if (answer.status >= 300) this.#entries.delete(key);
        else entry.endedAtMs = this.now();
      },
      () => this.#entries.delete(key),
    );
    return entry.answer;
  }

  #forget(): void {
    const now = this.now();
    for (const [key, { endedAtMs }] of this.#entries) {
      if (endedAtMs === undefined) continue;
      const isOld = endedAtMs + this.ttlMs <= now;
      if (isOld || this.#entries.size >= MAX_ENTRIES) this.#entries.delete(key);
    }
  }
}
