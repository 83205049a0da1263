/**
 * The clips of the video benches, made once with ffmpeg and kept in `.cache/bench-media`. A set's
 * folder is named after all that it is made from, so a changed recipe makes a new one.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { repoRoot } from "../../../scripts/materialize.mjs";
import { runFfmpeg } from "../ffmpeg.mjs";
import { clipArgs, joinArgs, sequencesOfThree } from "./media-recipes.mjs";

const mediaDir = path.join(repoRoot, ".cache", "bench-media");
const fontsDir = path.dirname(
  createRequire(import.meta.url).resolve("@fontsource/inter/files/inter-latin-400-normal.woff"),
);

const HD = { width: 1280, height: 720 };
const KINDS = ["card", "zoom", "film", "card", "film", "zoom", "film", "card"];
/** Seconds of a part that longer clips are joined from. */
const PART = 5;

const ordinary = (rate, preset) => (kind, seed) => ({ ...HD, kind, seed, rate, preset });
const capped = (crf, rate) => ["-crf", crf, "-maxrate", rate, "-bufsize", rate];
const parts = (list) => list.map((clip) => ({ ...clip, seconds: PART }));

/**
 * All sets by name: `clips` to encode, or `joined` out of another set: for each clip the numbers of
 * its parts, in order.
 * @type {Record<string, {clips: import("./media-recipes.mjs").Clip[]} | {from: string, joined: number[][]}>}
 */
export const SETS = {
  /** Eight clips of 720p, 6 s, 2 to 4 Mbit/s. */
  hd: {
    clips: KINDS.map(ordinary(capped("20", "4M"), "fast")).map((clip) => ({
      ...clip,
      seconds: 6,
      grain: clip.kind === "film" ? 7 : undefined,
    })),
  },
  "small-parts": {
    clips: parts(KINDS.slice(0, 5).map(ordinary(["-b:v", "1200k"], "fast"))),
  },
  "large-parts": {
    clips: parts(
      ["film", "film", "zoom", "film", "film"]
        .map(ordinary(["-b:v", "17M", "-maxrate", "20M", "-bufsize", "20M"], "superfast"))
        .map((clip) => ({ ...clip, grain: 14 })),
    ),
  },
  /** Thirty clips of 720p, 15 s, about 2 MB each. */
  small: { from: "small-parts", joined: sequencesOfThree(5, 30) },
  /** Thirty clips of 720p, 15 s, about 32 MB each. */
  large: { from: "large-parts", joined: sequencesOfThree(5, 30) },
  /** Two clips of 3840x2160, 3 s. */
  uhd: {
    clips: ["zoom", "film"].map((kind, seed) => ({
      ...{ kind, seed, width: 3840, height: 2160, seconds: 3 },
      ...{ rate: capped("21", "40M"), preset: "superfast" },
    })),
  },
  /** One clip of 720p in PQ, 3 s. */
  hdr: {
    clips: [
      {
        ...HD,
        kind: "film",
        seed: 3,
        seconds: 3,
        curve: "pq",
        rate: ["-crf", "18"],
        preset: "fast",
      },
    ],
  },
  /** Four clips of 720p, 102 s. */
  long: {
    from: "hd",
    joined: [0, 2, 4, 6].map((first) => Array.from({ length: 17 }, (_, at) => (first + at) % 8)),
  },
};

/** Everything that decides about the bytes of a set, as text. */
function recipe(name) {
  const set = SETS[name];
  if (!set) throw new Error(`no media set "${name}"; there are: ${Object.keys(SETS).join(", ")}`);
  if (set.clips) return JSON.stringify(set.clips.map((clip) => clipArgs(clip, "-")));
  return JSON.stringify([recipe(set.from), set.joined, joinArgs("-", "-")]);
}

const fileName = (index) => `clip-${String(index).padStart(2, "0")}.mp4`;

async function make(name, dir) {
  const { clips, from, joined } = SETS[name];
  for (const [index, clip] of (clips ?? []).entries()) {
    await runFfmpeg(clipArgs(clip, path.join(dir, fileName(index))), { cwd: fontsDir });
  }
  if (!joined) return;
  const sources = await mediaSet(from);
  for (const [index, order] of joined.entries()) {
    const list = path.join(dir, "list.txt");
    const lines = order.map((part) => `file '${sources[part].replaceAll("'", "'\\''")}'`);
    await writeFile(list, `ffconcat version 1.0\n${lines.join("\n")}\n`);
    await runFfmpeg(joinArgs(list, path.join(dir, fileName(index))));
    await rm(list);
  }
}

/** Removes what older recipes left of a set. */
async function removeOthers(name, kept) {
  const older = new RegExp(`^${name}-[0-9a-f]{12}$`);
  for (const entry of await readdir(mediaDir)) {
    if (older.test(entry) && entry !== kept) {
      await rm(path.join(mediaDir, entry), { recursive: true, force: true });
    }
  }
}

/**
 * The clips of a set; makes them when they are missing, which takes from seconds to a minute.
 * @param {keyof typeof SETS} name
 * @returns {Promise<string[]>} absolute paths, in order
 */
export async function mediaSet(name) {
  const hash = createHash("sha256").update(recipe(name)).digest("hex").slice(0, 12);
  const folder = `${name}-${hash}`;
  const dir = path.join(mediaDir, folder);
  if (!(await stat(dir).catch(() => undefined))) {
    console.log(`making the clips of set ${name}, once`);
    const staged = `${dir}.${process.pid}`;
    try {
      await mkdir(staged, { recursive: true });
      await make(name, staged);
      await rename(staged, dir).catch(async (error) => {
        // Another run was faster, and its clips are the same.
        if (!(await stat(dir).catch(() => undefined))) throw error;
      });
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
    await removeOthers(name, folder);
  }
  const names = await readdir(dir);
  return names
    .filter((file) => file.endsWith(".mp4"))
    .sort()
    .map((file) => path.join(dir, file));
}
