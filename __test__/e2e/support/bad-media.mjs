/** Video files that are not what a page takes them for. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clipFile } from "../../../scripts/lib/media-files.mjs";

const TIMEOUT_MS = 60_000;

/** What most of them are made from. */
const GOOD = { file: "clip.mp4", clip: 1, size: "320x180", fps: "30", seconds: 1 };

const ffmpeg = (args) =>
  execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", ...args], {
    timeout: TIMEOUT_MS,
    stdio: ["ignore", "ignore", "pipe"],
  });

/** Where the samples of an MP4 begin and how many bytes they are. */
function samples(bytes) {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === "mdat") return { at: at + 8, size: size - 8 };
    at += size;
  }
  throw new Error("no mdat in the MP4");
}

const good = (changes) => clipFile({ ...GOOD, ...changes });

/**
 * Makers by name; each puts one file at the given path.
 * @type {Record<string, (path: string) => Promise<void> | void>}
 */
export const BAD_MEDIA = {
  missing() {},
  empty: (path) => writeFileSync(path, ""),
  text: (path) => writeFileSync(path, "This is not a video.\n".repeat(200)),
  /** The index of an MP4 comes last unless told otherwise. */
  async truncated(path) {
    const bytes = readFileSync(await good());
    writeFileSync(path, bytes.subarray(0, bytes.length * 0.6));
  },
  /** The index is there, most of the pictures are not. */
  async "cut off"(path) {
    const bytes = readFileSync(await good({ args: ["-movflags", "+faststart"] }));
    writeFileSync(path, bytes.subarray(0, bytes.length * 0.2));
  },
  async "no frames"(path) {
    const tone = ["-f", "lavfi", "-i", "sine=duration=0.5", "-c:a", "aac", "-f", "mp4"];
    ffmpeg([...tone, path]);
  },
  /** A fragmented file of which only the head is there: a track of pictures, and none in it. */
  async "no samples"(path) {
    const bytes = readFileSync(await good({ args: ["-movflags", "+frag_keyframe+empty_moov"] }));
    writeFileSync(path, bytes.subarray(0, bytes.indexOf("moof") - 4));
  },
  async "one frame"(path) {
    copyFileSync(await good({ seconds: 0.03 }), path);
  },
  async "corrupt in the middle"(path) {
    const bytes = readFileSync(await good());
    const { at, size } = samples(bytes);
    bytes.fill(0xa5, at + Math.floor(size * 0.15), at + Math.floor(size * 0.3));
    writeFileSync(path, bytes);
  },
  /** The samples are those of a key nobody has, as far as a decoder can tell. */
  async encrypted(path) {
    const key = ["-encryption_key", "0123456789abcdef0123456789abcdef"];
    const id = ["-encryption_kid", "0123456789abcdef0123456789abcdef"];
    // Without a random start, or now and then the noise is a picture.
    const exact = ["-fflags", "+bitexact"];
    const scheme = ["-c", "copy", ...exact, "-encryption_scheme", "cenc-aes-ctr", ...key, ...id];
    ffmpeg(["-i", await good(), ...scheme, path]);
  },
  async "webm by the name of mp4"(path) {
    copyFileSync(await good({ file: "clip.webm", codec: "vp9" }), path);
  },
  async "1000 frames a second"(path) {
    copyFileSync(await good({ fps: "1000" }), path);
  },
  /** One frame every ten seconds: ffprobe rounds such rates down. */
  async "a tenth of a frame a second"(path) {
    copyFileSync(await good({ fps: "1/10", seconds: 20 }), path);
  },
  async "ten hours"(path) {
    const minute = await good({ seconds: 60, fps: "2", args: ["-g", "4"] });
    ffmpeg(["-stream_loop", "599", "-i", minute, "-c", "copy", path]);
  },
  async "7680 by 4320"(path) {
    const args = ["-preset", "ultrafast", "-crf", "30"];
    copyFileSync(await good({ size: "7680x4320", seconds: 0.5, args }), path);
  },
};

/**
 * Puts one of them into a project.
 * @param {{project: string}} ws
 * @param {keyof typeof BAD_MEDIA} name
 * @param {string} [file] name in `assets/`
 */
export async function putBadMedia(ws, name, file = "clip.mp4") {
  mkdirSync(join(ws.project, "assets"), { recursive: true });
  await BAD_MEDIA[name](join(ws.project, "assets", file));
}
