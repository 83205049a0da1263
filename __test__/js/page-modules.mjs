/** The modules of the page scripts, without a page. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

/** The folder of the scripts. */
export const SCRIPTS = join(import.meta.dirname, "../../src/page/scripts");

/** Every file of a folder of modules, from the folder with the scripts. */
export function moduleFiles() {
  const folders = readdirSync(SCRIPTS, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return folders.flatMap(({ name }) =>
    readdirSync(join(SCRIPTS, name)).map((file) => `${name}/${file}`),
  );
}

/** The names and functions that a file gives to `define`. */
export function definitions(file, globals = {}) {
  const found = [];
  const define = (name, make) => found.push({ name, make });
  runInNewContext(readFileSync(join(SCRIPTS, file), "utf8"), { ...globals, define });
  return found;
}

/** The module of `file`, made with `modules`. */
export function load(file, modules = {}, globals = {}) {
  return definitions(file, globals)[0].make(modules);
}

/** Objects of another context have other prototypes, which a deep comparison sees. */
export const plain = (value) => JSON.parse(JSON.stringify(value));
