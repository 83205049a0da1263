/** Which renders run, and which wait for their turn. */
import { Refusal } from "./refusal.js";

/** First come, first served; both numbers are bounded. */
export class RenderQueue {
  #active = 0;
  readonly #waiting: { start: () => void; refuse: (error: Error) => void }[] = [];
  #isDraining = false;

  constructor(
    readonly maxActive: number,
    readonly maxWaiting: number,
  ) {}

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /**
   * @throws Refusal when a further render could not even wait
   */
  assertRoom(): void {
    if (this.#isDraining) throw draining();
    if (this.#active < this.maxActive || this.#waiting.length < this.maxWaiting) return;
    throw this.full();
  }

  /** What a request gets for which there is no room. */
  full(): Refusal {
    const { active, waiting } = this;
    const text = `${active} renders run and ${waiting} wait; try again later.`;
    return new Refusal(429, text, { "retry-after": "10" });
  }

  /**
   * Waits for a turn.
   *
   * @param signal gives the place in the queue up
   * @returns ends the turn
   * @throws Refusal when there is no room or the server ends, the signal's reason when it is aborted
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    this.assertRoom();
    signal.throwIfAborted();
    if (this.#active >= this.maxActive) await this.#turn(signal);
    else this.#active += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = this.#waiting.shift();
      // The place passes on without becoming free in between.
      if (next) next.start();
      else this.#active -= 1;
    };
  }

  /** Takes no more renders, and refuses those that wait. */
  drain(): void {
    this.#isDraining = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(draining());
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((start, reject) => {
      const leave = () => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        entry.refuse(signal.reason);
      };
      const settle = (then: () => void) => {
        signal.removeEventListener("abort", leave);
        then();
      };
      const entry = {
        start: () => settle(start),
        refuse: (error: Error) => settle(() => reject(error)),
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(entry);
    });
  }
}

function draining(): Refusal {
  return new Refusal(503, "The server is ending.", { "retry-after": "30" });
}
