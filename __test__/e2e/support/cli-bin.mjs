/** Finds the script behind a command of an installed package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param {string} dir folder with a `node_modules`
 * @param {string} name of package and command
 * @returns {string} absolute path
 */
export function findPackageBin(dir, name) {
  const root = join(dir, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return join(root, typeof bin === "string" ? bin : bin[name]);
}
