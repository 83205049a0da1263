/**
 * Sources that are no files. Upstream's compile stage opens every one of them, and opening a named
 * pipe waits for its writer, for ever.
 */
import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { NativeRenderError } from "../base/errors.js";
import { openingTags } from "./html-tags.js";
import { isFile, pathOf } from "./project-files.js";

/** Compositions and stylesheets looked into. */
const MOST_FILES = 500;
/** Names in one of them that are looked at. */
const MOST_NAMES = 5_000;
/** What may name a file: in `url()`, or between quotes, as in attributes, styles, scripts and JSON. */
const NAMES = /url\(\s*([^\s"'()]{1,400})\s*\)|["'`]([^\s"'`<>{}]{1,400})["'`]/g;

/**
 * Looks at the media of a composition and of those that it mounts, and at all else that these and their
 * stylesheets name: fonts, pictures, tables of colours, scripts.
 *
 * @param root folder of the project
 * @param entryFile path in it
 * @throws NativeRenderError `HF_NATIVE_VIDEO_SOURCE` naming the element and what its source is;
 *   `HF_NATIVE_COMPILE_DOCUMENT` for what is no media
 */
export function assertFiles(root: string, entryFile: string): void {
  const files = [entryFile];
  for (let at = 0; at < files.length && at < MOST_FILES; at += 1) {
    const file = files[at] ?? "";
    assertOpens(root, file, "the composition");
    const text = textOf(join(root, file));
    for (const { name, attributes } of openingTags(text)) {
      const mounted = attributes.get("data-composition-src");
      if (mounted && !files.includes(mounted)) files.push(mounted);
      const src = attributes.get("src");
      if (src && ["video", "audio", "source", "img"].includes(name)) {
        assertFile(root, file, src, `<${name}> "${attributes.get("id") ?? src}"`);
      }
    }
    for (const name of namesIn(text)) {
      for (const place of placesOf(root, file, name)) assertOpens(root, place, `"${name}"`, file);
      const isStyle = /\.css(?:[?#]|$)/.test(name);
      const style = isStyle && relativeTo(root, placesOf(root, file, name).find(isFile));
      if (style && !files.includes(style)) files.push(style);
    }
  }
}

/** Different names in a text, as far as they are looked at. */
function namesIn(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, inUrl, quoted] of text.matchAll(NAMES)) {
    if (names.size >= MOST_NAMES) break;
    const name = inUrl ?? quoted ?? "";
    // Other schemes are no files of the project.
    if (/[./]/.test(name) && !/^[a-z][a-z\d+.-]+:/i.test(name)) names.add(name);
  }
  return names;
}

/** Devices may be named for other reasons; nobody reads a pipe or a socket for his film. */
function assertOpens(root: string, path: string, what: string, by?: string): void {
  const place = resolve(root, path);
  const kind = oddKind(place);
  if (kind === undefined || (by !== undefined && kind === "a device")) return;
  throw new NativeRenderError(
    "HF_NATIVE_COMPILE_DOCUMENT",
    `${what}${by === undefined ? "" : ` in ${by}`}: ${place} is ${kind}; it must be a file.`,
    { stage: "compile" },
  );
}

function relativeTo(root: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : relative(root, path);
}

function assertFile(root: string, file: string, src: string, element: string): void {
  for (const place of placesOf(root, file, src)) {
    const kind = oddKind(place);
    if (kind === undefined) continue;
    throw new NativeRenderError(
      "HF_NATIVE_VIDEO_SOURCE",
      `${element} in ${file}: ${place} is ${kind}; src must name a media file.`,
      { stage: "compile" },
    );
  }
}

/** Where the file may be that is named in `file`. */
function placesOf(root: string, file: string, name: string): string[] {
  const written = name.split(/[?#]/)[0] ?? "";
  // A name may have escapes, or look as if it had.
  const paths = [...new Set([pathOf(name), written])];
  return paths.flatMap((path) => [resolve(root, path), resolve(root, dirname(file), path)]);
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
