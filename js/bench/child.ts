/** Runs one program to its end, so that neither it nor anything below it can stay behind. */
import { spawn } from "node:child_process";
import { endTree } from "./process-tree.js";

/** Of both outputs together. */
const KEPT_CHARS = 256 * 1024;

/** What to run. */
export interface Command {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd?: string | undefined;
}

/** How to run it. */
export interface ChildOptions {
  /** After it the child and all below it are ended. */
  timeoutMs: number;
  /** Ends them early. */
  signal?: AbortSignal | undefined;
  onStart?: ((pid: number) => void) | undefined;
  /** Gets both outputs, as they come. */
  onText?: ((text: string) => void) | undefined;
}

/** How a child ended. */
export interface ChildEnd {
  /** null after a signal. */
  code: number | null;
  seconds: number;
  /** The end of both outputs. */
  text: string;
  timedOut: boolean;
}

/**
 * Runs a program and waits.
 *
 * @throws the signal's reason when it was aborted, once nothing of the child lives any more; the
 *   system's error when the program cannot be started
 */
export async function runChild(command: Command, options: ChildOptions): Promise<ChildEnd> {
  const { timeoutMs, signal, onStart, onText } = options;
  signal?.throwIfAborted();
  const began = performance.now();
  const child = spawn(command.file, command.args, {
    env: command.env,
    cwd: command.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      onText?.(chunk);
      text = (text + chunk).slice(-KEPT_CHARS);
    });
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  let timedOut = false;
  let ended: Promise<void> | undefined;
  const end = () => {
    ended ??= endTree(child);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  try {
    const code = await exited;
    await ended;
    signal?.throwIfAborted();
    return { code, seconds: (performance.now() - began) / 1000, text, timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

/** The last lines of a text. */
export function tailOf(text: string, lines = 40): string {
  return text.trimEnd().split(/\r?\n/).slice(-lines).join("\n");
}
