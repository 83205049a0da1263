/** Finding HDR images that the native core does not decode. */
import { join } from "node:path";
import type { CompiledComposition } from "../wire/generated.js";
import { pathOf, readHead } from "./project-files.js";

const SNIFFED_BYTES = 64 * 1024;
/** Transfer characteristics of ITU-T H.273: 16 is PQ, 18 is HLG. */
const HDR_TRANSFERS = new Set([16, 18]);

/** The sources of AVIF and HEIC images that are tagged PQ or HLG: the core decodes HDR from PNG only. */
export function otherHdrImages(composition: CompiledComposition): string[] {
  const found: string[] = [];
  for (const image of composition.media.images) {
    const src = typeof image.src === "string" ? image.src : "";
    const path = pathOf(src).replace(/^\/+/, "");
    if (!/\.(avif|heic|heif)$/i.test(path)) continue;
    const head =
      readHead(join(composition.compiledDir, path), SNIFFED_BYTES) ??
      readHead(join(composition.projectDir, path), SNIFFED_BYTES);
    if (head && HDR_TRANSFERS.has(transferOf(head))) found.push(src);
  }
  return found;
}

function transferOf(head: Buffer): number {
  // ISOBMFF colour box: "nclx", then primaries and transfer as 16-bit numbers.
  const at = head.indexOf("nclx", 0, "latin1");
  return at < 0 || at + 8 > head.length ? 0 : head.readUInt16BE(at + 6);
}
