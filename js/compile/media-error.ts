/** Adding the files at fault to errors of the compile stage that do not name them. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { messageOf } from "../base/errors.js";
import { toolProgram } from "../base/ffmpeg-tools.js";
import { MEDIA_FORMATS } from "../wire/generated.js";
import { openingTags } from "./html-tags.js";
import { isFile, pathOf, readHead } from "./project-files.js";

/** Errors of the stage that are about a media file but do not name it. */
const ABOUT_MEDIA = /ffprobe|media element type|text documents?\b/i;
const MEDIA_TAGS = new Set(["video", "audio", "source", "img"]);
/** Most sources that are checked. */
const MOST_FILES = 200;
const PROBE_MS = 5_000;
const ALL_PROBES_MS = 20_000;
const SNIFFED_BYTES = 512;

/**
 * Adds to an error of the compile stage which files of the project are broken, and how. Other
 * errors, and those for which no broken file is found, stay as they are. Never rejects; `signal`
 * ends the search.
 */
export async function annotateMediaError(
  error: unknown,
  projectDir: string,
  entryFile: string,
  signal?: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof Error) || !ABOUT_MEDIA.test(error.message)) return error;
  const faults: string[] = [];
  const deadline = Date.now() + ALL_PROBES_MS;
  for (const [src, { path, tag }] of mediaFiles(projectDir, entryFile)) {
    if (Date.now() > deadline || signal?.aborted) break;
    const fault = await faultOf(path, tag, signal);
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

/** The authored sources in the entry and in the compositions it names, and their files. */
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
  const path = pathOf(src);
  const below = join(projectDir, normalize(`/${path}`));
  return isFile(below) ? below : join(projectDir, dirname(page), path);
}

async function faultOf(
  path: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!isFile(path)) return "does not exist";
  const head = readHead(path, SNIFFED_BYTES);
  if (!head) return "cannot be opened";
  if (head.length === 0) return "is empty";
  const first = head
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trimStart()[0];
  if (first === "<" && !/\.svgz?$/i.test(path)) return "is a text document, not a media file";
  if (first === "{" || first === "[") return "is a text document, not a media file";
  const { failed, stdout, stderr } = await askFfprobe(path, signal);
  if (signal?.aborted) return undefined;
  if (!failed) {
    const kinds = stdout.trim().split(/\s+/);
    const wanted = tag === "audio" ? "audio" : "video";
    if (tag === "source" || kinds.includes(wanted)) return undefined;
    return `holds no ${wanted} stream, which a <${tag}> needs`;
  }
  const [, format] = /\[(\S+) @ [^\]]*\] Format not on whitelist/.exec(stderr) ?? [];
  if (format !== undefined) {
    return `cannot be read: the format "${format}" is not opened, as a media file holds all that it shows`;
  }
  const reason = stderr.trim().split("\n").pop()?.replace(`${path}: `, "");
  return `cannot be read (${reason || "no answer from ffprobe"}); re-encode it with ffmpeg`;
}

/** Asks ffprobe for the kinds of streams in a file. Never rejects. */
function askFfprobe(
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const limits = ["-protocol_whitelist", "file", "-format_whitelist", MEDIA_FORMATS];
  const wanted = ["-show_entries", "stream=codec_type", "-of", "csv=p=0"];
  const args = ["-v", "error", ...limits, ...wanted, "--", path];
  const ffprobe = toolProgram("ffprobe");
  const options = {
    timeout: PROBE_MS,
    killSignal: "SIGKILL",
    ...(signal ? { signal } : {}),
  } as const;
  return new Promise((resolve) => {
    try {
      execFile(ffprobe, args, options, (error, stdout, stderr) => {
        resolve({ failed: error !== null, stdout, stderr });
      });
    } catch (error) {
      // A name that cannot be an argument, such as one with a zero byte.
      resolve({ failed: true, stdout: "", stderr: messageOf(error) });
    }
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
