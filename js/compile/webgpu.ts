/** Telling whether a composition demands WebGPU. */
import { openingTags } from "./html-tags.js";

/**
 * Whether a composition of the page demands WebGPU: upstream then starts the browser with other flags,
 * and refuses to render without an adapter.
 */
export function requiresWebgpu(compiledHtml: string): boolean {
  for (const { attributes } of openingTags(compiledHtml)) {
    const isRoot = attributes.has("data-composition-id") || attributes.has("data-hf-inner-root");
    if (isRoot && attributes.has("data-requires-webgpu")) return true;
  }
  return false;
}
