import { closeSync, openSync, readSync } from "node:fs";
import { extname, join } from "node:path";
import type { CompiledComposition } from "./composition.js";
import { openingTags, scriptTexts } from "./html-tags.js";

const MARKUP = /<(video|audio)\b/i;
const CREATED =
  /\bcreateElement(?:NS)?\s*\([^)]*["'`](?:video|audio)["'`]|\bnew\s+(?:Audio|Video)\s*\(/i;
const SETS_SOURCE = /\.\s*src\s*=(?!=)|\bsetAttribute\s*\(\s*["'`]src["'`]/i;
const MEDIA_TAGS = new Set(["video", "audio", "source"]);

/** Whether a file as its author wrote it makes media by script. */
export function makesMedia(html: string): boolean {
  return CREATED.test(html);
}

/** What is known beside the document; see {@link hasHiddenMedia}. */
export interface MediaFacts {
  /** Whether the static list holds everything that the markup declares. */
  listsMedia: boolean;
  /** Seconds; without them the producer asks a page, and takes what that shows. */
  staticDuration: number;
  /** Variables of the render, which sources may be bound to. */
  variables?: Record<string, unknown> | undefined;
}

/**
 * True when the page may have video or audio that the static media list does not hold, or holds
 * with another source: only a browser could tell which clips there will be.
 */
export function hasHiddenMedia(compiledHtml: string, facts: MediaFacts): boolean {
  if (CREATED.test(compiledHtml)) return true;
  if (!facts.listsMedia || facts.staticDuration <= 0) return MARKUP.test(compiledHtml);
  const tags = [...openingTags(compiledHtml)].filter(({ name }) => MEDIA_TAGS.has(name));
  const { variables = {} } = facts;
  const bound = tags.some(({ attributes }) =>
    Object.hasOwn(variables, attributes.get("data-var-src")?.trim() ?? ""),
  );
  const ids = tags.flatMap(({ attributes }) => attributes.get("id") ?? []);
  return bound || scriptTexts(compiledHtml).some((text) => changesMedia(text, ids));
}

/** Whether the compile stage had to give a clip its times. */
export function hasUntimedClips(compiledHtml: string): boolean {
  return [...openingTags(compiledHtml)].some(
    ({ name, attributes }) => name === "video" && attributes.has("data-hf-auto-start"),
  );
}

/** Whether a script writes media markup, or sets a source where it also names a media element. */
function changesMedia(script: string, ids: readonly string[]): boolean {
  if (/<(?:video|audio)\b[^>]*>/i.test(script)) return true;
  if (!SETS_SOURCE.test(script)) return false;
  const named = ids.some((id) => id !== "" && script.includes(id));
  return named || /["'`][^"'`\n]*\b(?:video|audio|source)\b/i.test(script);
}

const SNIFFED_BYTES = 64 * 1024;
/** Transfer characteristics of ITU-T H.273: 16 is PQ, 18 is HLG. */
const HDR_TRANSFERS = new Set([16, 18]);

/** The sources among the composition's images whose own tags say PQ or HLG. */
export function hdrImages(composition: CompiledComposition): string[] {
  const found: string[] = [];
  for (const image of composition.media.images) {
    const src = typeof image.src === "string" ? image.src : "";
    if (!/\.(png|avif|heic|heif)$/i.test(src.split(/[?#]/)[0] ?? "")) continue;
    const head =
      readHead(join(composition.compiledDir, decoded(src))) ??
      readHead(join(composition.projectDir, decoded(src)));
    if (head && HDR_TRANSFERS.has(transferOf(head, extname(src).toLowerCase()))) found.push(src);
  }
  return found;
}

function transferOf(head: Buffer, extension: string): number {
  if (extension.startsWith(".png")) {
    // cICP chunk: primaries, transfer, matrix, range.
    const at = head.indexOf("cICP", 0, "latin1");
    return at < 0 ? 0 : (head[at + 5] ?? 0);
  }
  // ISOBMFF colour box: "nclx", then primaries and transfer as 16-bit numbers.
  const at = head.indexOf("nclx", 0, "latin1");
  return at < 0 || at + 8 > head.length ? 0 : head.readUInt16BE(at + 6);
}

function decoded(src: string): string {
  const path = (src.split(/[?#]/)[0] ?? "").replace(/^\/+/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function readHead(path: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const buffer = Buffer.alloc(SNIFFED_BYTES);
    return buffer.subarray(0, readSync(fd, buffer, 0, SNIFFED_BYTES, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
