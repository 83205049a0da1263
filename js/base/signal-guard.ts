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
/** Something was begun for a job that has not begun itself. */
let isStarting = false;

/**
 * For a process that has begun something for a job: until the job is guarded, a signal that nobody else
 * handles ends the process as it would without this, but the handlers of `exit` run before.
 */
export function guardStart(): void {
  isStarting = true;
  install();
}

/**
 * For callers without an AbortSignal, such as CLIs before 0.8.150, where a signal would end the
 * process at once and leave temporary files. The guard turns the signal into a cancellation and
 * sends it again after the cleanup. A caller that exits with the error before that ends with the code
 * that shells give for the signal, e.g. 130 for SIGINT. Signals that have other handlers are left alone.
 */
export function guardSignals(): SignalGuard {
  if (guarded.size === 0) install();
  isStarting = false;
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
    const ours = installed.get(name);
    if (process.listenerCount(name) > (ours ? 1 : 0)) {
      if (ours) process.removeListener(name, ours);
      installed.delete(name);
    } else if (!ours) {
      const handler = () => handle(name);
      installed.set(name, handler);
      process.on(name, handler);
    }
  }
}

function handle(name: Signal): void {
  if (isStarting) {
    // Another handler came after ours, and it decides.
    if (process.listenerCount(name) === 1) endBy(name);
    return;
  }
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
}

function endBy(name: Signal): void {
  uninstall();
  process.once("exit", () => process.kill(process.pid, name));
  process.exit(128 + constants.signals[name]);
}

function uninstall(): void {
  for (const [name, handler] of installed) process.removeListener(name, handler);
  installed.clear();
}
