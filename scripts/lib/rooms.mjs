/**
 * The rooms under src/ and which of them may know which. ARCHITECTURE.md explains the table; this
 * is where it is kept.
 */
import { cratePaths, tokenize } from "./rust-tokens.mjs";

/** Rooms every other room may use: plain data, child processes, files, pixels, facts about the host,
 * locks, helpers of tests. */
export const GROUND_FLOOR = [
  "composition",
  "pixels",
  "process",
  "files",
  "machine",
  "sync",
  "testing",
];

/** Rooms below `job`, which leads them all. */
const BELOW_JOB = [
  "spec",
  "plan",
  "browser",
  "page",
  "serve",
  "probe",
  "video",
  "audio",
  "inject",
  "capture",
  "assemble",
  "transitions",
  "encode",
];

/** @type {Record<string, string[]>} room to the rooms it may name, besides the ground floor */
export const KNOWS = {
  node: ["wire", "job", "spec", "video", "transitions"],
  wire: ["job", "spec", "video", "transitions"],
  job: BELOW_JOB,
  plan: ["spec", "browser", "encode", "probe", "video"],
  spec: ["browser", "encode", "transitions"],
  browser: [],
  page: ["browser"],
  serve: [],
  probe: [],
  video: ["probe"],
  audio: ["page", "browser", "probe", "video"],
  inject: ["page", "probe", "video", "serve"],
  capture: ["plan", "page", "browser"],
  assemble: ["plan", "capture", "page", "transitions", "video", "encode"],
  encode: ["probe"],
  transitions: [],
  composition: ["pixels", "testing"],
  pixels: ["sync", "testing"],
  process: ["files", "sync", "testing"],
  files: [],
  machine: ["sync"],
  sync: [],
  testing: [],
  fuzzing: ["audio", "browser", "encode", "inject", "probe", "spec", "video"],
};

/** Crates that only one room may name, and why. */
const OWNED_CRATES = [
  { crate: /^napi(_\w+)?$/, room: "node", why: "only the binding knows Node" },
  { crate: /^chromiumoxide(_\w+)?$/, room: "browser", why: "only one room speaks CDP" },
];

/**
 * @typedef {{ file: string, line: number, message: string }} Problem `line` counts from 1
 */

/**
 * @param {string} file path from the repository's root, with forward slashes
 * @param {string} source
 * @returns {Problem[]}
 */
export function checkRustFile(file, source) {
  const tokens = tokenize(source);
  const modulePath = modulePathOf(file);
  const problems = checkOwnedCrates(file, tokens, modulePath?.[0]);
  // Outside src/ and in its root file every room may be named: tests look in from outside.
  if (!modulePath || modulePath.length === 0) return problems;

  const [room] = modulePath;
  if (!KNOWS[room]) {
    const message = `room "${room}" is not in the table of scripts/lib/rooms.mjs`;
    return [...problems, { file, line: 1, message }];
  }
  for (const { path, line } of cratePaths(tokens, modulePath)) {
    const message = judge(room, path[0]);
    if (message) problems.push({ file, line, message });
  }
  return problems;
}

/** @returns {string | undefined} what is wrong with `room` naming `crate::<target>` */
function judge(room, target) {
  // The crate's root itself, as in `use super::super::*`, would bring in every room.
  if (target === undefined || target === "*") return `${room} names the crate's root`;
  if (!KNOWS[target]) return `"crate::${target}" is not a room; name things where they live`;
  if (target === room || KNOWS[room].includes(target)) return undefined;
  if (GROUND_FLOOR.includes(target) && !GROUND_FLOOR.includes(room)) return undefined;
  const allowed = [...KNOWS[room], ...GROUND_FLOOR.filter((name) => name !== room)];
  const known = (GROUND_FLOOR.includes(room) ? KNOWS[room] : allowed).join(", ") || "no other room";
  return `${room} must not know ${target} (it knows ${known})`;
}

function checkOwnedCrates(file, tokens, room) {
  const problems = [];
  if (file === "build.rs") return problems;
  for (const { crate, room: owner, why } of OWNED_CRATES) {
    if (room === owner) continue;
    const token = tokens.find(({ text }) => crate.test(text));
    if (!token) continue;
    const message = `"${token.text}" is named outside src/${owner}/: ${why}`;
    problems.push({ file, line: token.line, message });
  }
  return problems;
}

/**
 * @param {string} file path from the repository's root, with forward slashes
 * @returns {string[] | undefined} `[]` for the crate's root, nothing for a file outside src/
 */
export function modulePathOf(file) {
  if (!file.startsWith("src/")) return undefined;
  const parts = file.slice("src/".length).replace(/\.rs$/, "").split("/");
  if (["mod", "lib", "main"].includes(parts.at(-1))) parts.pop();
  return parts;
}
