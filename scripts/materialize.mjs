#!/usr/bin/env node
/**
 * Makes a renderable project out of a tracked source folder: copies it, puts third-party browser
 * files from node_modules under `vendor/`, generates pictures and clips and creates symlinks. What a folder
 * needs is listed in its recipe, `fixture.json` (fixtures) or `materialize.json` (examples, benches):
 *
 *   { "vendor": ["gsap", "inter-700"],
 *     "images": [{ "file": "assets/a.png", "lavfi": "testsrc2=size=320x180" }],
 *     "clips": [{ "file": "assets/a.mp4", "size": "320x180", "fps": "30", "seconds": 2 }],
 *     "symlinks": [{ "path": "assets", "target": "shared" }],
 *     "project": "sub/folder" }
 *
 * `vendor` also takes { "from": "<path in node_modules>", "to": "<path in the copy>" }. `project` is
 * the folder to render when it is not the top of the copy. What a clip can be is told in
 * `lib/media-clips.mjs`. Nothing of this is checked in.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { clipFile, clipKey } from "./lib/media-files.mjs";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** Root of this repository, absolute. */
export const repoRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
/** Where the tracked fixtures live, absolute. */
export const fixturesDir = path.join(repoRoot, "__test__", "fixtures");

const RECIPES = ["fixture.json", "materialize.json"];
const FFMPEG_TIMEOUT_MS = 60_000;

/** Files of each library by its short name: [path in node_modules, path in the copy]. */
const VENDOR = {
  gsap: [["gsap/dist/gsap.min.js", "vendor/gsap.min.js"]],
  "shader-transitions": [
    ["@hyperframes/shader-transitions/dist/index.global.js", "vendor/shader-transitions.js"],
  ],
  animejs: [["animejs/dist/bundles/anime.umd.min.js", "vendor/anime.umd.min.js"]],
  lottie: [["lottie-web/build/player/lottie.min.js", "vendor/lottie.min.js"]],
  three: [
    ["three/build/three.module.js", "vendor/three.module.js"],
    ["three/build/three.core.js", "vendor/three.core.js"],
  ],
};

/**
 * Copies of one recipe entry.
 * @param {string | {from: string, to: string}} entry
 * @param {string} recipePath named in errors
 * @returns {[from: string, to: string][]}
 */
function vendorFiles(entry, recipePath) {
  if (typeof entry === "object" && entry?.from && entry?.to) return [[entry.from, entry.to]];
  const inter = /^inter-([1-9]00)(-italic)?$/.exec(String(entry));
  if (inter) {
    const file = `inter-latin-${inter[1]}-${inter[2] ? "italic" : "normal"}.woff2`;
    return [[`@fontsource/inter/files/${file}`, `vendor/${entry}.woff2`]];
  }
  const files = VENDOR[entry];
  if (!files) {
    const known = [...Object.keys(VENDOR), "inter-<weight>[-italic]"].join(", ");
    throw new Error(
      `${recipePath}: "vendor" has unknown entry ${JSON.stringify(entry)}; known: ${known}`,
    );
  }
  return files;
}

/** node_modules folder that holds `file`, searched upwards the way Node does. */
async function findInNodeModules(file, recipePath) {
  for (const base of require.resolve.paths("x") ?? []) {
    const candidate = path.join(base, file);
    if (await stat(candidate).catch(() => undefined)) return candidate;
  }
  throw new Error(
    `${recipePath}: "vendor" needs node_modules/${file}, which is missing; run npm install`,
  );
}

/** A path of a recipe, refused when it leaves the copy. */
function inside(dir, relative, recipePath, field) {
  const full = path.resolve(dir, relative);
  if (full !== dir && !full.startsWith(dir + path.sep)) {
    throw new Error(
      `${recipePath}: "${field}" has ${relative}, which leaves the project; use a path inside it`,
    );
  }
  return full;
}

/**
 * The recipe of a source folder.
 * @param {string} srcDir
 * @returns {Promise<{path: string, recipe: Record<string, any>}>} an empty recipe when there is none
 */
export async function readRecipe(srcDir) {
  for (const name of RECIPES) {
    const file = path.join(srcDir, name);
    const text = await readFile(file, "utf8").catch((error) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) continue;
    try {
      return { path: file, recipe: JSON.parse(text) };
    } catch (error) {
      throw new Error(`${file}: not valid JSON (${error.message})`);
    }
  }
  return { path: path.join(srcDir, RECIPES[0]), recipe: {} };
}

/**
 * Hash of everything a copy is made from: all files of `srcDir`, the vendor files and the clips.
 * @param {string} srcDir
 * @returns {Promise<string>} hex
 */
export async function fingerprint(srcDir) {
  const { path: recipePath, recipe } = await readRecipe(srcDir);
  const hash = createHash("sha256");
  const entries = await readdir(srcDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  for (const file of files) {
    hash.update(`${path.relative(srcDir, file)}\0`);
    hash.update(file === recipePath ? JSON.stringify(materialPart(recipe)) : await readFile(file));
  }
  for (const [from] of (recipe.vendor ?? []).flatMap((entry) => vendorFiles(entry, recipePath))) {
    hash.update(await readFile(await findInNodeModules(from, recipePath)));
  }
  for (const clip of recipe.clips ?? []) hash.update(await clipKey(clip, `${recipePath}: "clips"`));
  return hash.digest("hex");
}

/** The fields of a recipe that change the copy; a description or an expectation does not. */
function materialPart({ vendor, images, clips, symlinks, project }) {
  return { vendor, images, clips, symlinks, project };
}

/**
 * Copies `srcDir` to `outDir` and completes it by its recipe. Does nothing when `outDir` was already
 * made from the same content.
 * @param {string} srcDir
 * @param {string} outDir replaced as a whole
 * @returns {Promise<string>} the folder to render, absolute
 */
export async function materializeProject(srcDir, outDir) {
  const source = path.resolve(srcDir);
  const target = path.resolve(outDir);
  const { path: recipePath, recipe } = await readRecipe(source);
  const project = inside(target, recipe.project ?? ".", recipePath, "project");
  const stampFile = `${target}.stamp`;
  const stamp = await fingerprint(source);
  const done = await readFile(stampFile, "utf8").catch(() => "");
  if (done === stamp && (await stat(project).catch(() => undefined))) return project;

  const staged = `${target}.${process.pid}`;
  await rm(staged, { recursive: true, force: true });
  try {
    await cp(source, staged, { recursive: true });
    await addVendor(staged, recipe, recipePath);
    await addImages(staged, recipe, recipePath);
    await addClips(staged, recipe, recipePath);
    for (const { path: link, target: to } of recipe.symlinks ?? []) {
      const full = inside(staged, link, recipePath, "symlinks");
      await mkdir(path.dirname(full), { recursive: true });
      await symlink(to, full);
    }
    await rm(target, { recursive: true, force: true });
    await rename(staged, target);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
  await writeFile(stampFile, stamp);
  return project;
}

async function addVendor(dir, recipe, recipePath) {
  for (const entry of recipe.vendor ?? []) {
    for (const [from, to] of vendorFiles(entry, recipePath)) {
      const full = inside(dir, to, recipePath, "vendor");
      await mkdir(path.dirname(full), { recursive: true });
      await cp(await findInNodeModules(from, recipePath), full);
    }
  }
}

async function addImages(dir, recipe, recipePath) {
  const ffmpeg = process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";
  for (const { file, lavfi } of recipe.images ?? []) {
    const full = inside(dir, file, recipePath, "images");
    await mkdir(path.dirname(full), { recursive: true });
    const args = ["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", lavfi];
    args.push("-frames:v", "1", "-bitexact", full);
    await run(ffmpeg, args, { timeout: FFMPEG_TIMEOUT_MS, killSignal: "SIGKILL" }).catch(
      (error) => {
        const reason =
          error.code === "ENOENT" ? `${ffmpeg} not found; install ffmpeg` : error.stderr;
        throw new Error(
          `${recipePath}: "images" could not make ${file}: ${reason || error.message}`,
        );
      },
    );
  }
}

async function addClips(dir, recipe, recipePath) {
  for (const clip of recipe.clips ?? []) {
    const full = inside(dir, String(clip?.file), recipePath, "clips");
    const made = await clipFile(clip, `${recipePath}: "clips"`);
    await mkdir(path.dirname(full), { recursive: true });
    await cp(made, full);
  }
}

/**
 * Makes the fixture `name` renderable.
 * @param {string} name folder under `__test__/fixtures`
 * @returns {Promise<string>} the folder to render, absolute
 */
export async function materialize(name) {
  const source = path.join(fixturesDir, name);
  if (!(await stat(source).catch(() => undefined))?.isDirectory()) {
    throw new Error(
      `no fixture "${name}" in ${fixturesDir}; it has: ${(await fixtureNames()).join(", ")}`,
    );
  }
  return materializeProject(source, path.join(repoRoot, ".cache", "fixtures", name));
}

/** Names of all fixtures, sorted. @returns {Promise<string[]>} */
export async function fixtureNames() {
  const entries = await readdir(fixturesDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log("materialize.mjs [FIXTURE...]       make fixtures renderable (all without names)");
    console.log("materialize.mjs --project SRC OUT  make any folder with a recipe renderable");
  } else {
    try {
      if (args[0] === "--project") {
        if (args.length !== 3) throw new Error("--project takes two folders: SRC OUT");
        console.log(await materializeProject(args[1], args[2]));
      } else {
        for (const name of args.length ? args : await fixtureNames())
          console.log(await materialize(name));
      }
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
}
