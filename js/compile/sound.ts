/** Facts about a composition's sound that the media lists do not hold. */
import { openingTags, scriptTexts } from "./html-tags.js";

/** JSON of the effects on the whole mix: an attribute of the document's first composition. */
export function masterFxChain(html: string): string | undefined {
  for (const { attributes } of openingTags(html)) {
    if (attributes.has("data-composition-id")) return attributes.get("data-fx-chain") || undefined;
  }
  return undefined;
}

const ASSIGNS_VOLUME = /\.\s*volume\s*=/i;
const TWEENS_VOLUME =
  /\b(?:gsap|tl|timeline|tween)\s*\.\s*(?:to|fromTo|set)\s*\([\s\S]{0,2000}\bvolume\s*:/i;

/**
 * Whether inline scripts may set the volume of sounding elements. Upstream then plays the timeline
 * through and records the volumes, by the same rule, and so does the native core.
 */
export function hasScriptedVolume(html: string): boolean {
  const scripts = scriptTexts(html).join("\n");
  return ASSIGNS_VOLUME.test(scripts) || TWEENS_VOLUME.test(scripts);
}

/** Whether any of these tracks, or the whole mix, has effects. */
export function hasEffects(audios: readonly Record<string, unknown>[], master?: string): boolean {
  return Boolean(master) || audios.some(({ fxChain, groupFxChain }) => fxChain || groupFxChain);
}

/**
 * Whether an entry file has timed elements without an end time. Upstream then takes the times and
 * volumes of all sounds from a page.
 */
export function hasOpenWindows(entryHtml: string): boolean {
  for (const { name, attributes } of openingTags(entryHtml)) {
    if (name !== "div" && name !== "section") continue;
    const ends = attributes.has("data-end") || attributes.has("data-duration");
    if (!ends && attributes.has("data-start") && attributes.get("id")) return true;
  }
  return false;
}
