/** Makes test clips once and keeps them under `.cache/media`, by everything that shapes them. */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { checkClip, clipCommands } from "./media-clips.mjs";
import { CACHE_DIR } from "./run.mjs";

const run = promisify(execFile);
const TIMEOUT_MS = 120_000;

const ffmpeg = () => process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";

let version;

/** First line of `ffmpeg -version`: another version makes other bits. */
async function ffmpegVersion() {
  version ??= await run(ffmpeg(), ["-version"], { timeout: 20_000 }).then(
    ({ stdout }) => stdout.split("\n")[0],
    (error) => {
      throw new Error(`${ffmpeg()} cannot be run (${error.code}); install ffmpeg`);
    },
  );
  return version;
}

/**
 * A name for what a clip has in it.
 * @param {import("./media-clips.mjs").ClipSpec} spec
 * @param {string} [where] what the spec came from, for errors
 * @returns {Promise<string>} another one when the spec, this code or ffmpeg is another
 */
export async function clipKey(spec, where = "clip") {
  checkClip(spec, where);
  const { file, ...shape } = spec;
  // The command line has everything in it, also what this code will do differently one day.
  const commands = clipCommands(spec, (part) => `clip${part}`);
  const facts = [path.extname(file), shape, commands, await ffmpegVersion()];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 20);
}

/**
 * @param {import("./media-clips.mjs").ClipSpec} spec
 * @param {string} [where] what the spec came from, for errors
 * @returns {Promise<string>} path of the clip; it may be shared, so it is for reading only
 */
export async function clipFile(spec, where = "clip") {
  const key = await clipKey(spec, where);
  const ending = path.extname(spec.file);
  const dir = path.join(CACHE_DIR, "media");
  const kept = path.join(dir, `${key}${ending}`);
  if (await stat(kept).catch(() => undefined)) return kept;
  await mkdir(dir, { recursive: true });
  const staged = `staged-${process.pid}-${randomUUID().slice(0, 8)}`;
  const place = (part) => path.join(dir, part === "" ? `${staged}${ending}` : `${staged}${part}`);
  try {
    for (const args of clipCommands(spec, place)) {
      await run(ffmpeg(), args, { timeout: TIMEOUT_MS, killSignal: "SIGKILL" }).catch((error) => {
        throw new Error(`${where}: could not make ${spec.file}: ${error.stderr || error.message}`);
      });
    }
    await rename(place(""), kept);
  } finally {
    for (const name of await readdir(dir)) {
      if (name.startsWith(staged)) await rm(path.join(dir, name), { force: true });
    }
  }
  return kept;
}
