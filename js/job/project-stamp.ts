/** Noticing that a project was changed between two moments. */
import { type Dirent, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Larger projects are not looked at: that would take longer than it saves. */
const MAX_ENTRIES = 500;
/** Longer documents are not searched. */
const MAX_HTML_BYTES = 4 * 1024 * 1024;
/** The CLI's own notes in a project. */
const NOTES = ".hyperframes";
/** Staged output, which may stand within the project. */
const STAGED = ".hf-transaction-";
const MEDIA = /<(?:video|audio)\b/i;

/** The state of a project's files. */
export interface ProjectStamp {
  /** Equal while no file has changed, come or gone. */
  text: string;
  /** Some document has a `<video>` or an `<audio>`. */
  hasMedia: boolean;
}

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
        const { size, ino, mtimeMs, ctimeMs } = lstatSync(path);
        lines.push(entry.isFile() ? [path, size, ino, mtimeMs, ctimeMs].join("\0") : path);
        if (lines.length > MAX_ENTRIES) return undefined;
        if (!/\.html?$/i.test(entry.name)) continue;
        if (size > MAX_HTML_BYTES) return undefined;
        hasMedia ||= MEDIA.test(readFileSync(path, "utf8"));
      }
    }
  } catch {
    // Something went away meanwhile.
    return undefined;
  }
  return { text: lines.sort().join("\n"), hasMedia };
}

function isAside(entry: Dirent, isTop: boolean): boolean {
  return (isTop && entry.name === NOTES) || entry.name.includes(STAGED);
}
