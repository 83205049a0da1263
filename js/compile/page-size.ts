import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makesMedia } from "./hidden-media.js";

/** Documents longer than this are not worth a look ahead. */
const MAX_LENGTH = 8 * 1024 * 1024;

/** Width and height in CSS pixels. */
export interface PageSize {
  width: number;
  height: number;
}

/**
 * The size that an entry file gives its first composition, read before it is compiled. A guess:
 * scripts and sub-compositions may make it another one.
 *
 * @returns undefined when the file does not say or cannot be read, and when it makes media
 *   by script, with which the render will not be native
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
