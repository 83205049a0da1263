/** Signs of life of a job that has told nothing for a while: what it waits for, and until when. */
import type { AwaitedThing } from "../wire/generated.js";

/** A job says something every five seconds at the latest; the core's own signs come after four. */
const SILENCE_MS = 4_500;
const LOOK_EVERY_MS = 250;

/** A wait that JavaScript itself is in. */
interface Wait {
  what: string;
  since: number;
  until: number;
}

/** Watches for silence, from its creation until {@link Heartbeat.stop}. */
export class Heartbeat {
  readonly #waits: Wait[] = [];
  readonly #timer: NodeJS.Timeout;
  #last = Date.now();

  /** @param tell gets what is awaited, nothing where that is not known */
  constructor(private readonly tell: (awaits: readonly AwaitedThing[]) => void) {
    // It keeps no process alive.
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Something was told. */
  heard(): void {
    this.#last = Date.now();
  }

  /** Waits for `work`, which is given up after `limitMs` by itself. */
  async during<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
    const since = Date.now();
    const wait = { what, since, until: since + limitMs };
    this.#waits.push(wait);
    try {
      return await work;
    } finally {
      this.#waits.splice(this.#waits.indexOf(wait), 1);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = Date.now();
    if (now - this.#last < SILENCE_MS) return;
    this.heard();
    const told = ({ what, since, until }: Wait) => ({
      what,
      waitedMs: now - since,
      leftMs: Math.max(0, until - now),
    });
    this.tell(this.#waits.map(told));
  }
}

/** The sign as people read it, `"waits 12 s for the page to load, until 11:03:20 UTC"`. */
export function textOf(awaits: readonly AwaitedThing[]): string {
  if (awaits.length === 0) return "works";
  const texts = awaits.map(({ what, waitedMs, leftMs }) => {
    const end = leftMs === undefined ? "" : `, until ${timeOfDay(Date.now() + leftMs)}`;
    return `${Math.round(waitedMs / 1000)} s for ${what}${end}`;
  });
  return `waits ${texts.join("; ")}`;
}

function timeOfDay(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
