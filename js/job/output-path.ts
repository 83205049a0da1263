/** Checking that the output can be put where it is wanted, before anything is rendered. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { isFolderFormat } from "../base/formats.js";
import { isWithin } from "../base/within.js";

/** The output of a job. */
export interface OutputRequest {
  outputPath: string;
  /** Default mp4. */
  format?: string | undefined;
  projectDir: string;
}

/**
 * Creates the output's parent folder. Refuses an output path where there is a folder or a device
 * instead of a file or a file instead of a folder, and a folder that holds the project, because a
 * finished render replaces what is there.
 *
 * @throws NativeRenderError `HF_NATIVE_OUTPUT`
 */
export function prepareOutput({ outputPath, format, projectDir }: OutputRequest): void {
  const path = resolve(outputPath);
  try {
    makeFolder(dirname(path));
  } catch (cause) {
    throw refusal(`The folder for ${path} cannot be created: ${messageOf(cause)}`, cause);
  }
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!isFolderFormat(format)) {
    if (there.isDirectory()) throw refusal(`${path} is a folder; name a file.`);
    if (!there.isFile()) throw refusal(`${path} is a device, a pipe or a socket; name a file.`);
    return;
  }
  if (!there.isDirectory()) throw refusal(`${path} is a file; ${format} needs a folder.`);
  if (existsSync(projectDir) && isWithin(projectDir, path)) {
    throw refusal(
      `${path} holds the project, and a ${format} replaces the whole folder; name another one.`,
    );
  }
}

/** A recursive `mkdirSync` that also ends where creating fails with ENOENT, as in /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    const raced = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (!raced || !statSync(path).isDirectory()) throw error;
  }
}

function refusal(message: string, cause?: unknown): NativeRenderError {
  return new NativeRenderError("HF_NATIVE_OUTPUT", message, { cause });
}
