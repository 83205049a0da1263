/** Running a small program for what it prints. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const DEADLINE_MS = 10_000;

/** What a program prints; undefined when it cannot be run or fails, or takes longer than 10 s. */
export async function run(program: string, args: readonly string[]): Promise<string | undefined> {
  const options = { timeout: DEADLINE_MS, killSignal: "SIGKILL", maxBuffer: 16 << 20 } as const;
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch {
    return undefined;
  }
}
