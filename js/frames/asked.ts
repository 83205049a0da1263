/** Asking an open composition for frames, as long as somebody waits for them. */
import { defined } from "../base/defined.js";
import { NativeRenderError } from "../base/errors.js";
import type { NativeFrameSession } from "../wire/binding.js";
import type { NativeReply, Still } from "../wire/generated.js";

/** Numbers of requests begin again after that many. */
const NUMBERS = 2 ** 32;

/** What is asked of one open composition. */
export class Asked {
  #next = 0;

  constructor(private readonly session: Pick<NativeFrameSession, "frame" | "forget">) {}

  /**
   * A frame as a picture file. Once `signal` is aborted it is not made, if it was not yet.
   *
   * @throws NativeRenderError with the core's code; the signal's reason if it is aborted before
   */
  async frame(frame: number, still: Still, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const number = this.#next;
    this.#next = (number + 1) % NUMBERS;
    const forget = () => this.session.forget(number);
    const answer = this.session.frame(JSON.stringify({ frame, still }), number);
    signal.addEventListener("abort", forget, { once: true });
    try {
      const { reply, picture } = await answer;
      unwrapped(reply);
      return picture as Buffer;
    } finally {
      signal.removeEventListener("abort", forget);
    }
  }
}

/** What the core answered. @throws NativeRenderError */
export function unwrapped<T>(json: string): T {
  const reply: NativeReply<T> = JSON.parse(json);
  if (reply.ok) return reply.value;
  throw new NativeRenderError(reply.error.code, reply.error.message, defined(reply.error));
}
