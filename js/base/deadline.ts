/** Outcome of {@link settleWithin}: the promise's own end, or that it did not end in time. */
export type Settled<T> =
  | { state: "fulfilled"; value: T }
  | { state: "rejected"; error: unknown }
  | { state: "pending" };

/**
 * Waits at most `ms` milliseconds for `promise`. Never rejects; a promise that is still pending
 * afterwards is left alone, and its later rejection is not reported as unhandled.
 */
export async function settleWithin<T>(promise: Promise<T>, ms: number): Promise<Settled<T>> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Settled<T>>((resolve) => {
    timer = setTimeout(() => resolve({ state: "pending" }), ms);
  });
  const ended = promise.then(
    (value): Settled<T> => ({ state: "fulfilled", value }),
    (error): Settled<T> => ({ state: "rejected", error }),
  );
  try {
    return await Promise.race([ended, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for `promise`, or for `signal`, whichever is first; `end` is called when the signal is.
 * Gives `undefined` then. The promise's later rejection is not reported as unhandled.
 */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  end: () => void,
): Promise<T | undefined> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<undefined>((resolve) => {
    onAbort = () => {
      end();
      resolve(undefined);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}
