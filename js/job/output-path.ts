import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { messageOf, NativeRenderError } from "../base/errors.js";
import { isFolderFormat } from "../base/formats.js";

/** What is going to be put at an output path. */
export interface OutputRequest {
  outputPath: string;
  /** Default mp4. */
  format?: string | undefined;
  projectDir: string;
}

/**
 * Makes sure that the output can be put where it is wanted: creates the folder above, refuses a
 * folder where a file shall be and the other way round, and a folder whose replacement would take
 * the project with it.
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
    return;
  }
  if (!there.isDirectory()) throw refusal(`${path} is a file; ${format} needs a folder.`);
  if (existsSync(projectDir) && contains(path, projectDir)) {
    throw refusal(
      `${path} holds the project, and a ${format} replaces the whole folder; name another one.`,
    );
  }
}

function contains(folder: string, inside: string): boolean {
  const way = relative(realpathSync(folder), realpathSync(inside));
  const outside = way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
  return !outside;
}

/** Like a recursive `mkdirSync`, which never returns where creating fails with ENOENT (/proc). */
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
