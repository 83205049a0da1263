import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { messageOf, NativeRenderError } from "./errors.js";

/**
 * Makes sure that `outputPath` can name a file: creates its folder, refuses a folder in its place.
 *
 * @throws NativeRenderError `HF_NATIVE_OUTPUT`
 */
export function prepareOutput(outputPath: string): void {
  const path = resolve(outputPath);
  try {
    makeFolder(dirname(path));
  } catch (cause) {
    throw new NativeRenderError(
      "HF_NATIVE_OUTPUT",
      `The folder for ${path} cannot be created: ${messageOf(cause)}`,
      { cause },
    );
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NativeRenderError("HF_NATIVE_OUTPUT", `${path} is a folder; name a file.`);
  }
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
