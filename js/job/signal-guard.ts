/** Cancelling a render when the process gets a signal, for callers without an AbortSignal. */
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

/** A guard over one job; see {@link guardSignals}. */
export interface SignalGuard {
  /** Aborted when the process gets a signal to end. */
  signal: AbortSignal;
  /** Ends the guard. After the last guard, a signal that arrived meanwhile takes its usual effect. */
  release(): void;
}

const guarded = new Set<AbortController>();
const installed = new Map<Signal, () => void>();
let received: Signal | undefined;

/**
 * For callers without an AbortSignal, such as CLIs before 0.8.150, where a signal would end the
 * process at once and leave temporary files. The guard turns the signal into a cancellation and
 * sends it again after the cleanup. A caller that exits with the error before that ends with the code
 * that shells give for the signal, e.g. 130 for SIGINT. Signals that have other handlers are left alone.
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
      if (!signal) return;
      process.once("exit", () => {
        process.exitCode = 128 + constants.signals[signal];
      });
      // Lets the caller report the cancellation first.
      setImmediate(() => process.kill(process.pid, signal));
    },
  };
}

function install(): void {
  for (const name of SIGNALS) {
    if (process.listenerCount(name) > 0) continue;
    const handler = () => {
      // A second signal ends the process at once.
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
