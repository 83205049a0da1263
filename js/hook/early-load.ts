/** What the CLI waits for before a render: the processes that check its surroundings. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** The script of those processes. Only renders start it, with the environment they have set up. */
const SETUP_SCRIPT = /[\\/]renderSetupWorker\.[jt]s$/;
const CHANNEL = "child_process";

/**
 * Calls `started` with the name of each step of the setup, as soon as the CLI starts a process for
 * it and has to wait.
 *
 * @returns ends that
 */
export function watchSetup(started: (step: string) => void): () => void {
  const look = (message: unknown) => {
    const { process: child } = message as { process: { spawnargs?: string[] } };
    // The channel tells of a process before it has its arguments.
    queueMicrotask(() => {
      const args = child.spawnargs ?? [];
      const at = args.findIndex((arg) => SETUP_SCRIPT.test(arg));
      if (at >= 0) setImmediate(() => started(args[at + 1] ?? ""));
    });
  };
  subscribe(CHANNEL, look);
  return () => void unsubscribe(CHANNEL, look);
}
