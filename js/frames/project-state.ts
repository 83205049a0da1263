/** Noticing that a project has changed since its composition was opened. */
import { createHash } from "node:crypto";
import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileLine, isOurs, NOTES } from "../ahead/project-stamp.js";

/** Folders without sources: of tools, and Studio's own caches. */
const ASIDE = new Set([".git", "node_modules", ".thumbnails", ".waveform-cache"]);
/** Of the CLI's own notes, Studio's edits are part of the picture. */
const EDITS = /^studio-[\w-]+\.json$/;
/** Larger projects cannot be watched in a few milliseconds. */
const MAX_FILES = 20_000;

/**
 * A text that is the same while no file of the project has changed, come or gone: names, sizes and
 * times. Symbolic links are followed. What the project takes from outside its folder is not seen.
 *
 * @returns undefined for a project that has more than 20 000 files or cannot be read
 */
export function projectState(projectDir: string): string | undefined {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  let files = 0;
  const lines: string[] = [];
  const folders = [projectDir];
  try {
    for (let dir = folders.pop(); dir !== undefined; dir = folders.pop()) {
      const real = realpathSync(dir);
      // A link to a folder above.
      if (seen.has(real)) continue;
      seen.add(real);
      const inNotes = relative(projectDir, dir).split(sep)[0] === NOTES;
      for (const entry of readdirSync(dir, { withFileTypes: true })) {
        if (isAside(entry) || (inNotes && !EDITS.test(entry.name))) continue;
        const path = join(dir, entry.name);
        const facts = statSync(path, { throwIfNoEntry: false });
        if (facts?.isDirectory()) folders.push(path);
        files += 1;
        if (files > MAX_FILES) return undefined;
        // A folder's own time changes with what is left out.
        lines.push(fileLine(path, facts?.isFile() ? facts : NOTHING));
      }
    }
  } catch {
    // Something went away meanwhile.
    return undefined;
  }
  for (const line of lines.sort()) hash.update(line).update("\n");
  return hash.digest("hex");
}

const NOTHING = { size: 0, ino: 0, mtimeMs: 0, ctimeMs: 0 };

function isAside(entry: Dirent): boolean {
  return ASIDE.has(entry.name) || isOurs(entry.name);
}
