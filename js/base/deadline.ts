/** Waiting for promises with a time limit or an abort signal. */

/** Outcome of {@link settleWithin}; `pending` when the promise did not settle in time. */
export type Settled<T> =
  | { state: "fulfilled"; value: T }
  | { state: "rejected"; error: unknown }
  | { state: "pending" };

/**
 * Waits at most `ms` milliseconds for `promise`. Never rejects. A later rejection of the promise is
 * not reported as unhandled.
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
 * Waits for `promise` or for `signal`, whichever comes first. When the signal does, calls `end` and
 * gives undefined. A later rejection of the promise is not reported as unhandled.
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
