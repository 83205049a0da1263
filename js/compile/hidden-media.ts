/** Telling from the text of a page whether it has media that the media lists do not hold. */
import { openingTags, scriptTexts } from "./html-tags.js";

const MARKUP = /<(video|audio)\b/i;
const CREATED =
  /\bcreateElement(?:NS)?\s*\([^)]*["'`](?:video|audio)["'`]|\bnew\s+(?:Audio|Video)\s*\(/i;
const SETS_SOURCE = /\.\s*src\s*=(?!=)|\bsetAttribute\s*\(\s*["'`]src["'`]/i;
const MEDIA_TAGS = new Set(["video", "audio", "source"]);

/** Whether scripts in an authored file create media elements. */
export function makesMedia(html: string): boolean {
  return CREATED.test(html);
}

/** Further facts for {@link hasHiddenMedia}. */
export interface MediaFacts {
  /** The media lists hold everything that the markup declares. */
  listsMedia: boolean;
  /** Seconds; if 0, upstream asks a page, and uses the media it finds there. */
  staticDuration: number;
  /** Variables of the render, which sources may be bound to. */
  variables?: Record<string, unknown> | undefined;
}

/**
 * Whether the page may have video or audio that the media lists do not hold, or hold with another
 * source, so that only a browser can tell which clips there are.
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

/** Whether a script writes media markup, or sets a source where it also names a media element. */
function changesMedia(script: string, ids: readonly string[]): boolean {
  if (/<(?:video|audio)\b[^>]*>/i.test(script)) return true;
  if (!SETS_SOURCE.test(script)) return false;
  const named = ids.some((id) => id !== "" && script.includes(id));
  return named || /["'`][^"'`\n]*\b(?:video|audio|source)\b/i.test(script);
}
