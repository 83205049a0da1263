/**
 * Sources that are no files. Upstream's compile stage opens every one of them, and opening a named
 * pipe waits for its writer, for ever.
 */
import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { NativeRenderError } from "../base/errors.js";
import { openingTags } from "./html-tags.js";
import { isFile, pathOf } from "./project-files.js";

/** Compositions looked into. */
const MOST_FILES = 500;

/**
 * Looks at the media of a composition and of those that it mounts.
 *
 * @param root folder of the project
 * @param entryFile path in it
 * @throws NativeRenderError `HF_NATIVE_VIDEO_SOURCE` naming the element and what its source is
 */
export function assertFiles(root: string, entryFile: string): void {
  const files = [entryFile];
  for (let at = 0; at < files.length && at < MOST_FILES; at += 1) {
    const file = files[at] ?? "";
    for (const { name, attributes } of openingTags(textOf(join(root, file)))) {
      const mounted = attributes.get("data-composition-src");
      if (mounted && !files.includes(mounted)) files.push(mounted);
      const src = attributes.get("src");
      if (src && ["video", "audio", "source", "img"].includes(name)) {
        assertFile(root, file, src, `<${name}> "${attributes.get("id") ?? src}"`);
      }
    }
  }
}

function assertFile(root: string, file: string, src: string, element: string): void {
  const written = src.split(/[?#]/)[0] ?? "";
  // A name may have escapes, or look as if it had.
  const places = [pathOf(src), written].flatMap((path) => [
    resolve(root, path),
    resolve(root, dirname(file), path),
  ]);
  for (const place of places) {
    const kind = oddKind(place);
    if (kind === undefined) continue;
    throw new NativeRenderError(
      "HF_NATIVE_VIDEO_SOURCE",
      `${element} in ${file}: ${place} is ${kind}; src must name a media file.`,
      { stage: "compile" },
    );
  }
}

function oddKind(path: string): string | undefined {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    return undefined;
  }
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return "a device";
  return stats.isSocket() ? "a socket" : undefined;
}

/** What cannot be read is upstream's to tell. */
function textOf(path: string): string {
  try {
    return isFile(path) ? readFileSync(path, "utf8") : "";
  } catch {
    return "";
  }
}
