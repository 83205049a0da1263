/** Whether a path lies within a folder, links followed. */
import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

/** Whether `path` is `dir` or lies in it. What does not exist yet counts as no link. */
export function isWithin(path: string, dir: string): boolean {
  const way = relative(realOf(resolve(dir)), realOf(resolve(path)));
  return way === "" || (!/^\.\.(?:[\\/]|$)/.test(way) && !isAbsolute(way));
}

/** The path without links, as far as it exists. */
function realOf(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), relative(at, path));
    } catch {
      // A part that does not exist yet.
    }
    if (dirname(at) === at) return path;
  }
}
