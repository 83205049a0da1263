/** Facts about a composition's sound that the media lists do not hold. */
import { join } from "node:path";
import { openingTags, scriptTexts } from "./html-tags.js";
import { isFile, pathOf, readHead } from "./project-files.js";

/** JSON of the effects on the whole mix: an attribute of the document's first composition. */
export function masterFxChain(html: string): string | undefined {
  for (const { attributes } of openingTags(html)) {
    if (attributes.has("data-composition-id")) return attributes.get("data-fx-chain") || undefined;
  }
  return undefined;
}

const NAMES_VOLUME = /\b(?:volume|muted)\b/i;
/** Characters; longer ones are libraries, which name much that no page uses. */
const LONGEST_SCRIPT = 256 << 10;

/**
 * Whether scripts of a page name the property `volume` or `muted`, in the page itself or in files of
 * the project. Then a page is listened to while others are captured. It is only about time: where
 * scripts set volumes and name none, the captured pages notice it, and one is listened to afterwards.
 *
 * @param html the compiled page
 * @param folders where its scripts are looked for, in this order
 */
export function namesVolume(html: string, folders: readonly string[]): boolean {
  const isNamed = (text: string) => text.length <= LONGEST_SCRIPT && NAMES_VOLUME.test(text);
  if (scriptTexts(html).some(isNamed)) return true;
  for (const { name, attributes } of openingTags(html)) {
    const src = name === "script" ? attributes.get("src") : undefined;
    if (src === undefined || /^[a-z]+:|^\/\//i.test(src)) continue;
    const path = folders.map((folder) => join(folder, pathOf(src))).find(isFile);
    const text = path === undefined ? undefined : readHead(path, LONGEST_SCRIPT + 1);
    if (text !== undefined && isNamed(text.toString("latin1"))) return true;
  }
  return false;
}

/**
 * Says of tracks whether their elements are looped: the media list says it of videos only.
 *
 * @param html the compiled page
 */
export function withLoops(
  html: string,
  audios: readonly Record<string, unknown>[],
  videos: readonly Record<string, unknown>[],
): Record<string, unknown>[] {
  const looped = new Set<unknown>();
  for (const { id, loop } of videos) if (loop === true) looped.add(`${id}-audio`);
  for (const { name, attributes } of openingTags(html)) {
    if (name !== "audio" || !attributes.has("loop")) continue;
    looped.add(attributes.get("data-hf-render-id") ?? attributes.get("id"));
  }
  return audios.map((track) => (looped.has(track.id) ? { ...track, loop: true } : track));
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
