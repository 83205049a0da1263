/** Which room of src/, and which folder of js/, really imports which. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, importsOf, ORDER, scriptFiles } from "../js-folders.mjs";
import { KNOWS, modulePathOf } from "../rooms.mjs";
import { ROOT } from "../run.mjs";
import { cratePaths, tokenize } from "../rust-tokens.mjs";

/** @typedef {Map<string, Set<string>>} Imports from each room to those that its files name */

/** @returns {Imports} of src/; tests inside a file count as the file does */
export function roomImports() {
  const imports = new Map(Object.keys(KNOWS).map((room) => [room, new Set()]));
  for (const name of readdirSync(join(ROOT, "src"), { recursive: true }).map(String).sort()) {
    if (!name.endsWith(".rs")) continue;
    const modulePath = modulePathOf(`src/${name.replaceAll("\\", "/")}`);
    const [room] = modulePath;
    if (room === undefined) continue;
    const tokens = tokenize(readFileSync(join(ROOT, "src", name), "utf8"));
    for (const { path } of cratePaths(tokens, modulePath)) {
      if (path.length > 0 && path[0] !== room) imports.get(room).add(path[0]);
    }
  }
  return imports;
}

/** @returns {Imports} of js/ */
export function folderImports() {
  const imports = new Map(ORDER.map((folder) => [folder, new Set()]));
  for (const file of scriptFiles()) {
    const folder = folderOf(file);
    for (const target of importsOf(file).map(folderOf)) {
      if (target !== folder) imports.get(folder).add(target);
    }
  }
  return imports;
}

/**
 * The arrows that are worth drawing: an import is left out where a way of two or more others leads
 * there. From what is left everything can be reached that could be before.
 *
 * @param {Imports} imports without circles
 * @returns {Imports}
 */
export function reduced(imports) {
  const reach = reachable(imports);
  return new Map(
    [...imports].map(([room, targets]) => {
      const needed = (target) =>
        ![...targets].some((other) => other !== target && reach.get(other)?.has(target));
      return [room, new Set([...targets].filter(needed))];
    }),
  );
}

/**
 * @param {Imports} imports
 * @returns {Imports} from each room to all that it reaches
 */
export function reachable(imports) {
  const found = new Map();
  const visit = (room, path) => {
    if (path.includes(room)) throw new Error(`a circle: ${[...path, room].join(" > ")}`);
    if (found.has(room)) return found.get(room);
    const all = new Set();
    for (const target of imports.get(room) ?? []) {
      for (const one of [target, ...visit(target, [...path, room])]) all.add(one);
    }
    found.set(room, all);
    return all;
  };
  for (const room of imports.keys()) visit(room, []);
  return found;
}
