#!/usr/bin/env node
/** Draws docs/house.svg from the imports of the code. `--check` only compares. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { housePicture } from "./lib/house/drawing.mjs";
import { folderImports, reduced, roomImports } from "./lib/house/imports.mjs";
import { subjectsOf } from "./lib/house/subjects.mjs";
import { ENTRIES } from "./lib/js-folders.mjs";
import { GROUND_FLOOR } from "./lib/rooms.mjs";
import { ROOT } from "./lib/run.mjs";

/** Where the picture is kept, from the repository's root on. */
export const PICTURE = "docs/house.svg";

/** @returns {string} the picture of the code as it is */
export function drawHouse() {
  const subjects = subjectsOf(readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8"));
  subjects.set(`js/${ENTRIES}`, "what package.json exports");
  const room = (root, name) => {
    const id = root + name;
    const subject = subjects.get(id);
    if (!subject) throw new Error(`ARCHITECTURE.md has no row for ${id}`);
    return { id, name: name === ENTRIES ? "entry files" : name, subject };
  };
  const floor = (title, colour, root, imports) => ({
    title,
    colour,
    rooms: [...imports.keys()].map((name) => room(root, name)),
    arrows: [...reduced(imports)].flatMap(([from, targets]) =>
      [...targets].map((to) => [root + from, root + to]),
    ),
  });
  const rooms = roomImports();
  const ground = new Set(GROUND_FLOOR);
  const only = (keep) =>
    new Map(
      [...rooms]
        .filter(([name]) => keep(name))
        .map(([name, targets]) => [name, new Set([...targets].filter(keep))]),
    );
  return housePicture([
    floor("js/: what a composition means", "#2563eb", "js/", folderImports()),
    floor(
      "src/: what happens to every frame (js/wire calls src/node)",
      "#c2410c",
      "src/",
      only((name) => !ground.has(name)),
    ),
    floor(
      "src/: the ground floor",
      "#a16207",
      "src/",
      only((name) => ground.has(name)),
    ),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const file = join(ROOT, PICTURE);
  if (process.argv.includes("--check")) {
    const same = readFileSync(file, "utf8") === drawHouse();
    console.log(same ? `${PICTURE} is current` : `${PICTURE} is stale: npm run picture:house`);
    process.exitCode = same ? 0 : 1;
  } else {
    writeFileSync(file, drawHouse());
    console.log(`written to ${PICTURE}`);
  }
}
