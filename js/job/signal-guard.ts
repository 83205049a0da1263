const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

/** A guard over one job; see {@link guardSignals}. */
export interface SignalGuard {
  /** Aborted when the process is told to end. */
  signal: AbortSignal;
  /** Ends the guard. After the last one a signal that came in meanwhile takes its usual effect. */
  release(): void;
}

const guarded = new Set<AbortController>();
const installed = new Map<Signal, () => void>();
let received: Signal | undefined;

/**
 * For callers that bring no AbortSignal, as CLIs before 0.8.150: there a signal would end the
 * process on the spot and leave temporary files. The guard turns it into a cancellation and lets
 * it through once everything is cleaned up. Signals that somebody else handles stay untouched.
 */
export function guardSignals(): SignalGuard {
  if (guarded.size === 0) install();
  const controller = new AbortController();
  guarded.add(controller);
  return {
    signal: controller.signal,
    release() {
      if (!guarded.delete(controller) || guarded.size > 0) return;
      uninstall();
      const signal = received;
      received = undefined;
      // The caller may first say what happened.
      if (signal) setImmediate(() => process.kill(process.pid, signal));
    },
  };
}

function install(): void {
  for (const name of SIGNALS) {
    if (process.listenerCount(name) > 0) continue;
    const handler = () => {
      // The second one does not wait for anybody.
      if (received) {
        uninstall();
        process.kill(process.pid, name);
        return;
      }
      received = name;
      for (const controller of guarded) {
        controller.abort(new Error(`render_cancelled_by_${name.toLowerCase()}`));
      }
    };
    installed.set(name, handler);
    process.on(name, handler);
  }
}

function uninstall(): void {
  for (const [name, handler] of installed) process.removeListener(name, handler);
  installed.clear();
}
