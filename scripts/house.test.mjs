/** The picture of the house beside the imports of the code. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { drawHouse, PICTURE } from "./house.mjs";
import { readPicture } from "./lib/house/drawing.mjs";
import { folderImports, reachable, reduced, roomImports } from "./lib/house/imports.mjs";
import { GROUND_FLOOR, KNOWS } from "./lib/rooms.mjs";
import { ROOT } from "./lib/run.mjs";

const svg = readFileSync(join(ROOT, PICTURE), "utf8");
const picture = readPicture(svg);

/** What the code imports, as `src/job` to `src/plan`. */
const imports = [
  ...[...roomImports()].flatMap(([from, targets]) =>
    [...targets].map((to) => [`src/${from}`, `src/${to}`]),
  ),
  ...[...folderImports()].flatMap(([from, targets]) =>
    [...targets].map((to) => [`js/${from}`, `js/${to}`]),
  ),
];
const isGround = (id) => GROUND_FLOOR.includes(id.replace(/^src\//, ""));
const onGroundOnly = ([from, to]) => to.startsWith("src/") && isGround(to) && !isGround(from);

test("the picture is the one that `npm run picture:house` draws", () => {
  assert.ok(drawHouse() === svg, `${PICTURE} is stale: npm run picture:house`);
});

test("every arrow of the picture is an import of the code", () => {
  const known = new Set(imports.map(([from, to]) => `${from} > ${to}`));
  assert.ok(picture.arrows.length > 40);
  assert.deepEqual(
    picture.arrows.map(([from, to]) => `${from} > ${to}`).filter((arrow) => !known.has(arrow)),
    [],
  );
});

test("arrows lead to everything that is imported, but for the ground floor", () => {
  const drawn = new Map(picture.rooms.map((room) => [room, new Set()]));
  for (const [from, to] of picture.arrows) drawn.get(from).add(to);
  const reach = reachable(drawn);
  assert.ok(imports.length > 100);
  assert.deepEqual(
    imports.filter((one) => !onGroundOnly(one) && !reach.get(one[0])?.has(one[1])),
    [],
  );
});

test("the table of rooms permits nothing that no room does", () => {
  const real = roomImports();
  const unused = Object.entries(KNOWS).flatMap(([room, known]) =>
    known.filter((target) => !real.get(room).has(target)).map((target) => `${room} > ${target}`),
  );
  assert.deepEqual(unused, []);
});

test("an arrow is left out only where others lead to the same room", () => {
  const imported = new Map([
    ["a", new Set(["b", "c", "d"])],
    ["b", new Set(["c"])],
    ["c", new Set()],
    ["d", new Set()],
  ]);
  assert.deepEqual(reduced(imported).get("a"), new Set(["b", "d"]));
  imported.get("c").add("a");
  assert.throws(() => reachable(imported), /a circle: a > b > c > a/);
});
