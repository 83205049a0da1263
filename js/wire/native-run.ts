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

/** What {@link runNative} needs. */
export interface NativeRunInput {
  binding: NativeBinding;
  spec: RenderSpec;
  signal: AbortSignal;
  /** Gets the core's events in order; none after {@link runNative} has ended. */
  onEvent(event: NativeEvent): void;
  /** Throws when the caller has given up; called between all steps. */
  assertActive(): void;
  /** Throws when the warnings so far forbid publishing. */
  assertQuality(): void;
  /** The caller's own last check before the file appears. */
  assertRenderActive?: (() => void) | undefined;
  /** Called when the core did not finish cleaning up in time. */
  onUnclean(state: string): void;
}

/**
 * Runs one render in the native core and puts its file in place. However it ends, nothing staged
 * and no child process is left.
 *
 * @throws NativeRenderError with the core's code, or what one of the assertions throws
 */
export async function runNative(input: NativeRunInput): Promise<NativeSummary> {
  const { binding, spec, signal } = input;
  const specJson = JSON.stringify(spec);
  let open = true;
  const receive = (eventJson: string) => {
    if (open) input.onEvent(JSON.parse(eventJson));
  };
  const render = callAddon(() => new binding.NativeRender(specJson, receive));
  try {
    const result = await runUntilCancelled(render, signal);
    // Events and the result come through different queues of the event loop.
    await new Promise<void>((resolve) => setImmediate(resolve));
    input.assertActive();
    if (!result.ok) {
      // Upstream treats sound that could not be made as a warning that forbids publishing.
      if (isAboutSound(result.error)) input.assertQuality();
      throw toError(result.error);
    }
    input.assertQuality();
    input.assertRenderActive?.();
    input.assertActive();
    await publish(render);
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

async function runUntilCancelled(
  render: NativeRender,
  signal: AbortSignal,
): Promise<NativeReply<NativeSummary>> {
  const running = render.run();
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
