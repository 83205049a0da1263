/** Loading the producer while the CLI waits for the processes that check its surroundings. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** The script of those processes. Only renders start it, with the environment they have set up. */
const SETUP_SCRIPT = /[\\/]renderSetupWorker\.[jt]s$/;
const CHANNEL = "child_process";

/**
 * Calls `load` once, as soon as the CLI starts a process of its setup and has to wait for it. What
 * fails is tried again by the CLI itself, which reports it.
 */
export function loadDuringSetup(load: () => Promise<unknown>): void {
  const look = (message: unknown) => {
    const { process: child } = message as { process: { spawnargs?: string[] } };
    // The channel tells of a process before it has its arguments.
    queueMicrotask(() => {
      if (!child.spawnargs?.some((arg) => SETUP_SCRIPT.test(arg))) return;
      unsubscribe(CHANNEL, look);
      setImmediate(() => void load().catch(() => undefined));
    });
  };
  subscribe(CHANNEL, look);
}
