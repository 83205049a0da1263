import { closeSync, openSync, readSync } from "node:fs";
import { extname, join } from "node:path";
import type { CompiledComposition } from "./composition.js";

const MARKUP = /<(video|audio)\b/i;
const CREATED =
  /\bcreateElement(?:NS)?\s*\([^)]*["'`](?:video|audio)["'`]|\bnew\s+(?:Audio|Video)\s*\(/i;

/**
 * True when the compiled document has, or its inline scripts make, a video or audio element that
 * the static media list may not hold: only a browser could tell which clips there will be.
 */
export function mentionsMedia(compiledHtml: string): boolean {
  return MARKUP.test(compiledHtml) || CREATED.test(compiledHtml);
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
