/** Guessing the size of the page before the project is compiled. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makesMedia } from "./hidden-media.js";

/** Longer documents are not searched, to save time. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** Width and height in CSS pixels. */
export interface PageSize {
  width: number;
  height: number;
}

/**
 * The size that an entry file gives its first composition. A guess: scripts and sub-compositions may
 * change it.
 *
 * @returns undefined when the file has no size or cannot be read, and when its scripts create media,
 *   because the render will then not be native
 */
export function guessPageSize(projectDir: string, entryFile: string): PageSize | undefined {
  let html: string;
  try {
    html = readFileSync(join(projectDir, entryFile), "utf8");
  } catch {
    return undefined;
  }
  if (html.length > MAX_LENGTH || makesMedia(html)) return undefined;
  const tag = /<[a-z][^>]*\sdata-composition-id\s*=[^>]*>/i.exec(html)?.[0];
  const width = sizeOf(tag, "width");
  const height = sizeOf(tag, "height");
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

function sizeOf(tag: string | undefined, side: "width" | "height"): number | undefined {
  const text = new RegExp(`\\sdata-${side}\\s*=\\s*["']?(\\d{1,5})\\b`, "i").exec(tag ?? "")?.[1];
  const value = Number(text);
  return value > 0 ? value : undefined;
}
