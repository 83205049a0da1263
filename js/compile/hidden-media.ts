import { closeSync, openSync, readSync } from "node:fs";
import { extname, join } from "node:path";
import type { CompiledComposition } from "./composition.js";

const MARKUP = /<(video|audio)\b/i;
const CREATED =
  /\bcreateElement(?:NS)?\s*\([^)]*["'`](?:video|audio)["'`]|\bnew\s+(?:Audio|Video)\s*\(/i;

/** Timing that the compile stage made up, or a source that a variable decides. */
const DECIDED_LATER = /<(?:video|audio|source)\b[^>]*\bdata-(?:hf-auto-start|var-src)\b/i;
const CHANGES_SOURCE = /\.src\s*=(?!=)|setAttribute\s*\(\s*["'`]src["'`]/;
const INLINE_SCRIPT = /<script\b(?![^>]*\bsrc\s*=)[^>]*>([\s\S]*?)<\/script>/gi;
const MEDIA_ID = /<(?:video|audio)\b[^>]*?\bid\s*=\s*["']?([\w:.-]+)/gi;

/**
 * True when the static media list may not hold all clips, or not as they will be: scripts make
 * media or change their sources, or timing is left to the running page. Only a browser could tell.
 */
export function mediaNeedsBrowser(compiledHtml: string): boolean {
  if (CREATED.test(compiledHtml)) return true;
  if (!MARKUP.test(compiledHtml)) return false;
  return DECIDED_LATER.test(compiledHtml) || changesMediaSources(compiledHtml);
}

/** In doubt true: a script that changes sources and names media or one of their ids. */
function changesMediaSources(html: string): boolean {
  const ids = Array.from(html.matchAll(MEDIA_ID), (match) => match[1] ?? "");
  return Array.from(html.matchAll(INLINE_SCRIPT), (match) => match[1] ?? "").some(
    (script) =>
      CHANGES_SOURCE.test(script) &&
      (/video|audio/i.test(script) || ids.some((id) => script.includes(id))),
  );
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
