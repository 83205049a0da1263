/** Reads and checks `fixture.json`. */
import path from "node:path";
import { fixturesDir, readRecipe } from "../../scripts/materialize.mjs";
import { areRegions } from "./frame-numbers.mjs";

/** Worst frame a fixture must reach when it declares no own bar, in dB after x264. */
export const DEFAULT_MIN_DB = 50;

const CHECKS = {
  description: (value) => typeof value === "string" && value.length > 0,
  fps: (value) => typeof value === "string" && /^\d+(\/\d+)?$/.test(value),
  flags: (value) => Array.isArray(value) && value.every((flag) => typeof flag === "string"),
  expect: (value) =>
    typeof value === "object" &&
    value.minDb > 0 &&
    value.minDb < DEFAULT_MIN_DB &&
    typeof value.why === "string" &&
    (value.otherFrames ?? []).every(Number.isInteger) &&
    (value.otherTags ?? []).every((tag) => typeof tag === "string"),
  vendor: Array.isArray,
  images: Array.isArray,
  clips: Array.isArray,
  numbers: areRegions,
  symlinks: Array.isArray,
  project: (value) => typeof value === "string",
  siblingOf: (value) => typeof value === "string",
};
const MEANING = {
  description: "a sentence",
  fps: 'a string like "30" or "30000/1001"',
  flags: "a list of strings",
  expect: `{ "minDb": a number below ${DEFAULT_MIN_DB}, "why": a sentence } and maybe "otherFrames": numbers of frames that are to differ, "otherTags": names of stream fields that are`,
  vendor: "a list",
  images: "a list",
  clips: "a list",
  numbers:
    'a list of { "name", "rect": [x, y, width, height], "from", "until" } and maybe "to" and "other"',
  symlinks: "a list",
  project: "a folder",
  siblingOf: "the name of a fixture that covers most of the same",
};

/**
 * @typedef {object} Fixture
 * @property {string} name
 * @property {string} description
 * @property {string[]} flags of `hyperframes render`, the frame rate included
 * @property {number} minDb what its worst frame has to reach
 * @property {string} [why] that is below {@link DEFAULT_MIN_DB}
 * @property {number[]} otherFrames numbers of frames that differ from upstream's by intent
 * @property {string[]} otherTags stream fields that do
 * @property {string} [siblingOf] the fixture that covers most of the same; quick runs take only that
 * @property {import("./frame-numbers.mjs").Region[]} numbers where numbers of source frames are seen
 */

/** Output frames on which a clip is to show another source frame than upstream's. */
function framesWithOtherNumbers({ numbers = [] }) {
  return numbers.flatMap(({ other }) => Object.keys(other ?? {}).map(Number));
}

/** @param {string} name of a fixture @returns {Promise<Fixture>} */
export async function loadFixture(name) {
  const { path: file, recipe } = await readRecipe(path.join(fixturesDir, name));
  for (const [field, value] of Object.entries(recipe)) {
    if (!CHECKS[field])
      throw new Error(
        `${file}: unknown field "${field}"; known: ${Object.keys(CHECKS).join(", ")}`,
      );
    if (!CHECKS[field](value)) throw new Error(`${file}: "${field}" must be ${MEANING[field]}`);
  }
  if (!recipe.description)
    throw new Error(`${file}: "description" is missing; say which behaviour it shows`);
  const fps = recipe.fps ? ["--fps", recipe.fps] : [];
  return {
    name,
    description: recipe.description,
    flags: [...fps, ...(recipe.flags ?? [])],
    minDb: recipe.expect?.minDb ?? DEFAULT_MIN_DB,
    why: recipe.expect?.why,
    otherFrames: [...(recipe.expect?.otherFrames ?? []), ...framesWithOtherNumbers(recipe)],
    otherTags: recipe.expect?.otherTags ?? [],
    numbers: recipe.numbers ?? [],
    siblingOf: recipe.siblingOf,
  };
}
