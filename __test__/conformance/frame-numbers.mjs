/**
 * Which source frame is seen on every output frame: reads the numbers burnt into the test clips
 * back from rendered files.
 */
import { spawn } from "node:child_process";
import { readCodeAt } from "../../scripts/lib/media-code.mjs";

const TIMEOUT_MS = 120_000;
/** Frames named in a message; the others are only counted. */
const NAMED = 4;

/**
 * @typedef {object} Region where a clip is seen
 * @property {string} name for messages
 * @property {[number, number, number, number]} rect left, top, width and height of the whole
 *   picture in output pixels, also where a part of it is cropped or outside
 * @property {[number, number, number, number]} [to] the same at `until`, when it grows or moves
 *   steadily from `from` on
 * @property {number} from seconds from which on the number has to be readable
 * @property {number} until seconds before which it has to be
 * @property {Record<string, string>} [other] by output frame, the number that is right where
 *   upstream shows another one
 */

/** @typedef {string | null} Shown "clip:frame", null where no number is readable */

const isRect = (value) =>
  Array.isArray(value) && value.length === 4 && value.every(Number.isFinite);

/** @param {unknown} value @returns {boolean} whether it is a list of {@link Region} */
export const areRegions = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    ({ name, rect, to, from, until, other, ...rest }) =>
      typeof name === "string" &&
      isRect(rect) &&
      (to === undefined || isRect(to)) &&
      from >= 0 &&
      until > from &&
      Object.entries(other ?? {}).every(([frame, code]) =>
        /^\d+ \d+:\d+$/.test(`${frame} ${code}`),
      ) &&
      Object.keys(rest).length === 0,
  );

/** Where the picture is on a frame. @param {Region} region @param {number} seconds */
function pictureAt({ rect, to, from, until }, seconds) {
  const part = to ? Math.min(Math.max((seconds - from) / (until - from), 0), 1) : 0;
  const [x, y, width, height] = rect.map((value, i) => value + part * ((to ?? rect)[i] - value));
  return { x, y, width, height };
}

/**
 * @param {string} file rendered video
 * @param {{width: number, height: number, rate: number}} video its size and frames per second
 * @param {Region[]} regions
 * @returns {Promise<Shown[][]>} for each region, what each output frame shows
 */
export async function shownNumbers(file, { width, height, rate }, regions) {
  const shown = regions.map(() => []);
  let frame = 0;
  await greyFrames(file, width * height, (grey) => {
    regions.forEach((region, i) => {
      const code = readCodeAt(grey, { width, height }, pictureAt(region, frame / rate));
      shown[i].push(code ? `${code.clip}:${code.frame}` : null);
    });
    frame++;
  });
  return shown;
}

/** Hands every frame of a video over as grey bytes, one after the other. */
function greyFrames(file, bytes, each) {
  const ffmpeg = process.env.HYPERFRAMES_FFMPEG_PATH || "ffmpeg";
  const args = ["-v", "error", "-nostdin", "-i", file, "-fps_mode", "passthrough"];
  const child = spawn(ffmpeg, [...args, "-pix_fmt", "gray", "-f", "rawvideo", "-"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  let rest = Buffer.alloc(0);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors = (errors + text).slice(-2000);
  });
  child.stdout.on("data", (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (; rest.length - at >= bytes; at += bytes) each(rest.subarray(at, at + bytes));
    rest = rest.subarray(at);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve();
      reject(new Error(`${ffmpeg} could not read ${file} (${code}): ${errors}`));
    });
  });
}

/**
 * What is wrong with the frames that a file shows, compared with those of another one.
 * @param {string} who whose file, for the message
 * @param {Region[]} regions
 * @param {Shown[][]} shown by region
 * @param {Shown[][]} due by region, what the other file shows
 * @param {number} rate output frames per second
 * @returns {string[]} empty when every frame shows the same or the region's own, and a number where
 *   one is promised
 */
export function numberProblems(who, regions, shown, due, rate) {
  return regions.flatMap(({ name, from, until, other }, i) => {
    const wrong = [];
    const length = Math.max(shown[i].length, due[i].length);
    for (let frame = 0; frame < length; frame++) {
      const ours = shown[i][frame] ?? null;
      const right = other?.[frame] ?? due[i][frame] ?? null;
      const promised = frame / rate >= from - 1e-6 && frame / rate < until - 1e-6;
      if (ours !== right) wrong.push(`${frame} shows ${ours ?? "-"} instead of ${right ?? "-"}`);
      else if (promised && ours === null) wrong.push(`${frame} shows no number`);
    }
    if (wrong.length === 0) return [];
    const more = wrong.length > NAMED ? ` and ${wrong.length - NAMED} more` : "";
    return [`${who}, clip "${name}": frame ${wrong.slice(0, NAMED).join(", ")}${more}`];
  });
}
