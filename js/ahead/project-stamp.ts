/** Noticing that a project was changed between two moments. */
import { type Dirent, lstatSync, readdirSync, readFileSync, type Stats } from "node:fs";
import { join } from "node:path";

/** Larger projects are not looked at: that would take longer than it saves. */
const MAX_ENTRIES = 500;
/** Longer documents are not searched. */
const MAX_HTML_BYTES = 4 * 1024 * 1024;
/** The CLI's own notes in a project. */
export const NOTES = ".hyperframes";
/** Staged output and segments, which may stand within the project. */
const OURS = [".hf-transaction-", ".hf-native-segments"];
const MEDIA = /<(?:video|audio)\b/i;

/** The state of a project's files. */
export interface ProjectStamp {
  /** Equal while no file has changed, come or gone. */
  text: string;
  /** Some document has a `<video>` or an `<audio>`. */
  hasMedia: boolean;
}

/** What tells one state of a file from another. */
export type FileFacts = Pick<Stats, "size" | "ino" | "mtimeMs" | "ctimeMs">;

/**
 * Names, sizes, identities and times of all files of a project.
 *
 * @returns undefined for a project with many files, with symbolic links, or that cannot be read
 */
export function stampProject(projectDir: string): ProjectStamp | undefined {
  const lines: string[] = [];
  let hasMedia = false;
  const folders = [projectDir];
  try {
    for (let dir = folders.pop(); dir !== undefined; dir = folders.pop()) {
      for (const entry of readdirSync(dir, { withFileTypes: true })) {
        if (isAside(entry, dir === projectDir)) continue;
        const path = join(dir, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (!entry.isFile()) return undefined;
        const facts = lstatSync(path);
        lines.push(entry.isFile() ? fileLine(path, facts) : path);
        if (lines.length > MAX_ENTRIES) return undefined;
        if (!/\.html?$/i.test(entry.name)) continue;
        if (facts.size > MAX_HTML_BYTES) return undefined;
        hasMedia ||= MEDIA.test(readFileSync(path, "utf8"));
      }
    }
  } catch {
    // Something went away meanwhile.
    return undefined;
  }
  return { text: lines.sort().join("\n"), hasMedia };
}

/** A text that is another one when the file is. */
export function fileLine(path: string, { size, ino, mtimeMs, ctimeMs }: FileFacts): string {
  return [path, size, ino, mtimeMs, ctimeMs].join("\0");
}

function isAside(entry: Dirent, isTop: boolean): boolean {
  return (isTop && entry.name === NOTES) || isOurs(entry.name);
}

/** Whether a folder of that name is what renders leave beside their output while they run. */
export function isOurs(name: string): boolean {
  return OURS.some((ours) => name.includes(ours));
}
