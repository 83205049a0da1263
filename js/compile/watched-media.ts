/** Media lists completed by what a page showed that was played. */
import type { Upstream } from "../upstream/types.js";
import type { CompiledComposition, MediaLook, WatchedMedia } from "../wire/generated.js";
import { collectMedia } from "./metadata.js";

type Lists = CompiledComposition["media"];
type Entry = Record<string, unknown>;

const LISTS = ["videos", "audios", "images"] as const;
const REMOTE_MEDIA = /<(?:video|audio|source)\b[^>]*?\bsrc="https?:/i;

/** A composition whose media lists are complete, and what could not be followed. */
export interface CompletedMedia {
  composition: CompiledComposition;
  /** Lines for the render's log. */
  notes: string[];
}

/**
 * Takes the media lists from the page as it was at its beginning, and adds elements that scripts
 * made later. Sources on other hosts are downloaded beside the compiled files, as the compile stage
 * does with those of the markup; what cannot be downloaded keeps its address.
 */
export async function completeMedia(
  upstream: Upstream,
  composition: CompiledComposition,
  watched: WatchedMedia,
): Promise<CompletedMedia> {
  const lists: Lists[] = [];
  for (const { html } of watched.looks) {
    if (html === null) continue;
    const local = await withLocalSources(upstream, html, composition.compiledDir);
    const found = await collectMedia(upstream, local);
    if (found) lists.push(found);
  }
  const { staticDuration } = composition;
  const completed = {
    ...composition,
    staticDuration: staticDuration > 0 ? staticDuration : watched.duration,
    media: lists.length > 0 ? joined(composition.media, lists) : composition.media,
  };
  return { composition: completed, notes: notesOf(watched.looks) };
}

async function withLocalSources(upstream: Upstream, html: string, dir: string): Promise<string> {
  const localize = upstream.namespace.localizeRemoteMediaSources;
  if (!localize || !REMOTE_MEDIA.test(html)) return html;
  return (await localize(html, dir)).html;
}

/** Of each element, what the first look that found it says counts: it has been there since. */
function joined(compiled: Lists, looks: readonly Lists[]): Lists {
  const lists: Lists = { videos: [], audios: [], images: [] };
  for (const name of LISTS) {
    const found = new Map<unknown, Entry>();
    for (const look of looks) {
      for (const entry of look[name]) if (!found.has(entry.id)) found.set(entry.id, entry);
    }
    const known = new Map(compiled[name].map((entry) => [entry.id, entry]));
    for (const [id, entry] of found) lists[name].push(reconciled(known.get(id), entry));
  }
  const chain = looks.find(({ masterFxChain }) => masterFxChain)?.masterFxChain;
  return chain ? { ...lists, masterFxChain: chain } : lists;
}

/**
 * An element of the markup, whose times the compile stage knows better: the page's runtime changes
 * those of nested compositions. Only an end that the page alone knows, or an earlier one, counts.
 */
function reconciled(compiled: Entry | undefined, seen: Entry): Entry {
  if (!compiled || compiled.src !== seen.src) return seen;
  const entry = { ...compiled };
  const [before, now] = [endOf(compiled), endOf(seen)];
  if (now < before) entry.end = seen.end;
  for (const flag of ["loop", "hasAudio"]) if (seen[flag] === true) entry[flag] = true;
  return entry;
}

/** Infinite where nothing but the source, or the composition, ends it. */
function endOf({ start, end }: Entry): number {
  const from = typeof start === "number" ? start : 0;
  return typeof end === "number" && end > from ? end : Number.POSITIVE_INFINITY;
}

/** Elements whose source changes while the composition plays: a clip has one source. */
function notesOf(looks: readonly MediaLook[]): string[] {
  const first = new Map<string, number>();
  for (const { time, changed } of looks) {
    for (const id of changed) if (!first.has(id)) first.set(id, time);
  }
  return Array.from(
    first,
    ([id, time]) =>
      `Media element "${id}" gets another source at ${time.toFixed(1)} s; its first one is used ` +
      "throughout. Use an element for each source, with data-start and data-duration.",
  );
}
