/** Finding programs as a shell does. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first executable of that name on `PATH`; Windows has `.exe` behind it. */
export function onPath(tool: string, platform = process.platform): string | undefined {
  const file = platform === "win32" ? `${tool}.exe` : tool;
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((dir) => join(dir, file))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
