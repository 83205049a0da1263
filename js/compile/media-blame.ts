/** Naming the file at fault where the compile stage's error does not. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { openingTags } from "./html-tags.js";

/** Errors of the stage that are about a media file and leave out which. */
const ABOUT_MEDIA = /ffprobe|media element type|text documents?\b/i;
const MEDIA_TAGS = new Set(["video", "audio", "source", "img"]);
/** More sources than this are not looked at. */
const MOST_FILES = 200;
const PROBE_MS = 5_000;
const ALL_PROBES_MS = 20_000;

/**
 * Adds to an error of the compile stage which files of the project it is about, and what is wrong
 * with them. Other errors, and those without a file that is visibly broken, stay as they are.
 */
export function blameMedia(error: unknown, projectDir: string, entryFile: string): unknown {
  if (!(error instanceof Error) || !ABOUT_MEDIA.test(error.message)) return error;
  const faults: string[] = [];
  const deadline = Date.now() + ALL_PROBES_MS;
  for (const [src, { path, tag }] of mediaFiles(projectDir, entryFile)) {
    if (Date.now() > deadline) break;
    const fault = faultOf(path, tag);
    if (fault) faults.push(`${src} ${fault}`);
  }
  if (faults.length > 0) error.message += ` At fault: ${faults.join("; ")}.`;
  return error;
}

interface MediaFile {
  path: string;
  /** The element that shows or plays it. */
  tag: string;
}

/** Sources in the entry and in the compositions it names, as authored, and their files. */
function mediaFiles(projectDir: string, entryFile: string): Map<string, MediaFile> {
  const found = new Map<string, MediaFile>();
  const pages = [entryFile];
  for (const page of pages) {
    const html = readText(join(projectDir, page));
    for (const { name, attributes } of openingTags(html)) {
      const nested = attributes.get("data-composition-src");
      if (nested && !pages.includes(nested) && pages.length < MOST_FILES) pages.push(nested);
      const src = attributes.get("src")?.split(/[?#]/)[0];
      if (!src || !MEDIA_TAGS.has(name) || /^(?:[a-z]+:|\/\/)/i.test(src)) continue;
      if (found.size < MOST_FILES)
        found.set(src, { path: fileOf(projectDir, page, src), tag: name });
    }
  }
  return found;
}

function fileOf(projectDir: string, page: string, src: string): string {
  const below = join(projectDir, normalize(`/${decodeSafely(src)}`));
  return isFile(below) ? below : join(projectDir, dirname(page), decodeSafely(src));
}

function faultOf(path: string, tag: string): string | undefined {
  if (!isFile(path)) return "does not exist";
  const head = readHead(path);
  if (head.length === 0) return "is empty";
  const first = head
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trimStart()[0];
  if (first === "<" && !/\.svgz?$/i.test(path)) return "is a text document, not a media file";
  if (first === "{" || first === "[") return "is a text document, not a media file";
  const args = ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", "--", path];
  const ffprobe = process.env.HYPERFRAMES_FFPROBE_PATH?.trim() || "ffprobe";
  const { status, stdout, stderr } = spawnSync(ffprobe, args, {
    encoding: "utf8",
    timeout: PROBE_MS,
    killSignal: "SIGKILL",
  });
  if (status === 0) {
    const kinds = stdout.trim().split(/\s+/);
    const wanted = tag === "audio" ? "audio" : "video";
    if (tag === "source" || kinds.includes(wanted)) return undefined;
    return `holds no ${wanted} stream, which a <${tag}> needs`;
  }
  const reason = stderr.trim().split("\n").pop()?.replace(`${path}: `, "");
  return `cannot be read (${reason || "no answer from ffprobe"}); re-encode it with ffmpeg`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function readHead(path: string): Buffer {
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(512);
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

function decodeSafely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
