/** The protocol of one native render: run, then publish or discard, each with a deadline. */
import { settleWithin, untilAborted } from "../base/deadline.js";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { callAddon } from "./addon-error.js";
import type { NativeBinding, NativeRender } from "./binding.js";
import type {
  NativeEvent,
  NativeFailure,
  NativeReply,
  NativeSummary,
  RenderSpec,
  WatchedMedia,
} from "./generated.js";

type Plan = NativeSummary["plan"];

/** The core ends within 1 s of a cancellation; after this time it is not waited for any longer. */
const CANCEL_MS = 5_000;
const PUBLISH_MS = 120_000;
const DISCARD_MS = 10_000;
/** Stands for the answer of a core that did not give one in time. */
const CANCELLED: NativeFailure = {
  code: "HF_NATIVE_CANCELLED",
  message: "render_cancelled",
  stage: "setup",
  retryable: false,
  consoleTail: [],
};

/** Events that are kept for who listens later; the core's own bound for those that wait. */
const MAX_KEPT_EVENTS = 1024;

/** A render of the core that runs, and whose events are kept until somebody listens. */
export class StartedRender {
  readonly render: NativeRender;
  readonly running: Promise<string>;
  readonly #kept: NativeEvent[] = [];
  #listener: ((event: NativeEvent) => void) | undefined;

  /** @throws NativeRenderError when the core refuses the specification */
  constructor(
    binding: NativeBinding,
    readonly spec: RenderSpec,
  ) {
    const onEvent = (eventJson: string) => this.#receive(JSON.parse(eventJson));
    this.render = callAddon(() => new binding.NativeRender(JSON.stringify(spec), onEvent));
    this.running = this.render.run();
    // Whoever takes it over hears of a failure; until then nobody does.
    this.running.catch(() => undefined);
  }

  /** Gives the events so far, and from then on each as it comes. */
  listen(listener: (event: NativeEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#kept.splice(0)) listener(event);
  }

  #receive(event: NativeEvent): void {
    if (this.#listener) this.#listener(event);
    // What was awaited once is no news later.
    else if (event.type === "heartbeat") return;
    else if (this.#kept.length < MAX_KEPT_EVENTS) this.#kept.push(event);
  }

  /** The last lines that pages wrote to the console. */
  consoleTail(count: number): readonly string[] {
    return this.render.consoleTail(count);
  }

  /** Cancels it and waits, for a limited time, until nothing is left of it. Never rejects. */
  async abandon(reason: string): Promise<void> {
    this.render.cancel(reason);
    await settleWithin(this.running, CANCEL_MS);
    await settleWithin(this.render.discard(), DISCARD_MS);
  }
}

/** What {@link runNative} needs. */
export interface NativeRunInput {
  started: StartedRender;
  signal: AbortSignal;
  /** Gets the core's events in order; none after {@link runNative} has ended. */
  onEvent(event: NativeEvent): void;
  /** Called when the file is staged, before it is known whether it will be published. */
  onStaged?(summary: NativeSummary): void;
  /** Throws when the caller has given up; called between all steps. */
  assertActive(): void;
  /** Throws when the warnings so far forbid publishing. */
  assertQuality(): void;
  /** The caller's own last check before the file appears. */
  assertRenderActive?: (() => void) | undefined;
  /** Waits for what is given up after `limitMs` by itself, and says so while it lasts. */
  awaits?<T>(what: string, limitMs: number, work: Promise<T>): Promise<T>;
  /** Called when the core did not finish cleaning up in time. */
  onUnclean(state: string): void;
}

/**
 * Waits for a render in the native core and puts its file in place. However it ends, nothing staged
 * and no child process is left.
 *
 * @throws NativeRenderError with the core's code, or what one of the assertions throws
 */
export async function runNative(input: NativeRunInput): Promise<NativeSummary> {
  const { started, signal } = input;
  const { render } = started;
  let open = true;
  started.listen((event) => {
    if (open) input.onEvent(event);
  });
  try {
    const result = await untilCancelled<NativeSummary>(render, started.running, signal);
    // Events and the result come through different queues of the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    input.assertActive();
    if (!result.ok) {
      // Upstream treats sound that could not be made as a warning that forbids publishing.
      if (isAboutSound(result.error)) input.assertQuality();
      throw toError(result.error);
    }
    input.onStaged?.(result.value);
    input.assertQuality();
    input.assertRenderActive?.();
    input.assertActive();
    const publishing = publish(render);
    await (input.awaits?.("the file to be put in its place", PUBLISH_MS, publishing) ?? publishing);
    return result.value;
  } finally {
    open = false;
    const { state } = await settleWithin(render.discard(), DISCARD_MS);
    if (state !== "fulfilled") input.onUnclean(state);
  }
}

/**
 * The plan of a render. Launches nothing but ffprobe.
 *
 * @throws NativeRenderError with the core's code
 */
export async function explainPlan(binding: NativeBinding, spec: RenderSpec): Promise<Plan> {
  const reply: NativeReply<Plan> = JSON.parse(await binding.explainPlan(JSON.stringify(spec)));
  if (!reply.ok) throw toError(reply.error);
  return reply.value;
}

/** What {@link watchMedia} needs. */
export interface MediaWatchInput {
  binding: NativeBinding;
  /** That of the render, with the media lists as they are known. */
  spec: RenderSpec;
  signal: AbortSignal;
  onEvent(event: NativeEvent): void;
}

/**
 * Plays a page in the native core for the media that its scripts make or change.
 *
 * @throws NativeRenderError with the core's code
 */
export async function watchMedia(input: MediaWatchInput): Promise<WatchedMedia> {
  const { binding, spec, signal, onEvent } = input;
  const listen = (eventJson: string) => onEvent(JSON.parse(eventJson));
  const render = callAddon(() => new binding.NativeRender(JSON.stringify(spec), listen));
  const result = await untilCancelled<WatchedMedia>(render, render.watchMedia(), signal);
  if (!result.ok) throw toError(result.error);
  return result.value;
}

/** The core's answer, or that of a core that was cancelled. */
async function untilCancelled<T>(
  render: NativeRender,
  running: Promise<string>,
  signal: AbortSignal,
): Promise<NativeReply<T>> {
  const first = await untilAborted(running, signal, () => render.cancel(messageOf(signal.reason)));
  if (first !== undefined) return JSON.parse(first);
  const end = await settleWithin(running, CANCEL_MS);
  if (end.state === "fulfilled") return JSON.parse(end.value);
  return { ok: false, error: CANCELLED };
}

async function publish(render: NativeRender): Promise<void> {
  const end = await settleWithin(render.publish(), PUBLISH_MS);
  if (end.state === "rejected") throw end.error;
  if (end.state === "pending") {
    throw new NativeRenderError(
      "HF_NATIVE_PUBLISH_TIMEOUT",
      `The finished file could not be put in place within ${PUBLISH_MS} ms.`,
      { stage: "publish", retryable: true },
    );
  }
  const reply: NativeReply<null> = JSON.parse(end.value);
  if (!reply.ok) throw toError(reply.error);
}

function isAboutSound({ code }: NativeFailure): boolean {
  return code.startsWith("HF_NATIVE_AUDIO_");
}

function toError(failure: NativeFailure): NativeRenderError {
  return new NativeRenderError(failure.code, failure.message, failure);
}
