/** Finding programs as a shell does. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first executable of that name on `PATH`. */
export function onPath(tool: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, tool))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
