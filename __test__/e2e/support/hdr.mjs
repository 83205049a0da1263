/** HDR compositions, and the frames that an engine hands to its encoder for them. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { clipFile } from "../../../scripts/lib/media-files.mjs";
import { script } from "./fake-tool.mjs";
import { cli } from "./run.mjs";

/** Size of all pages here. */
export const SIZE = [320, 180];
export const FPS = 30;
const CHANNELS = 3;
/** Code points of ITU-T H.273. */
const CURVES = { pq: 16, hlg: 18 };

/**
 * Puts a moving clip of ten bits into the project.
 *
 * @param {{ project: string }} ws
 * @param {string} name
 * @param {{ curve: "pq" | "hlg", size?: string, seconds?: number, clip?: number }} what
 */
export async function putClip(ws, name, { curve, size = SIZE.join("x"), seconds = 0.5, clip = 1 }) {
  const form = { codec: "hevc", pixels: "yuv420p10le", colour: curve };
  const spec = { file: name, clip, size, fps: String(FPS), seconds, ...form };
  copyFileSync(await clipFile(spec), join(ws.project, name));
}

/**
 * Puts a 16-bit PNG into the project whose `cICP` chunk says that it is HDR: a gradient.
 *
 * @param {{ project: string }} ws
 * @param {string} name
 * @param {{ curve: "pq" | "hlg", size?: [number, number] }} what
 */
export function putImage(ws, name, { curve, size: [width, height] = [64, 48] }) {
  const rows = Buffer.alloc(height * (1 + width * CHANNELS * 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (1 + width * CHANNELS * 2) + 1 + x * CHANNELS * 2;
      const samples = [(x / width) * 50_000, (y / height) * 50_000, 20_000];
      samples.forEach((sample, k) => {
        rows.writeUInt16BE(Math.round(sample), at + k * 2);
      });
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([16, 2, 0, 0, 0], 8);
  const chunks = [
    chunk("IHDR", header),
    chunk("cICP", Buffer.from([9, CURVES[curve], 0, 1])),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ];
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  writeFileSync(join(ws.project, name), Buffer.concat([signature, ...chunks]));
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/**
 * Writes a black page; the CLI's own engine takes every other background away.
 *
 * @param {{ project: string }} ws
 * @param {{ body: string, style?: string, seconds?: number, head?: string, background?: string,
 *   size?: number[] }} page
 */
export function writePage(ws, page) {
  const { body, style = "", seconds = 0.5, head = "", background = "#000", size = SIZE } = page;
  // Without a timeline to wait for, unless the page brings the library for it.
  const timeline = head === "" ? "data-no-timeline" : "";
  const text = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>HDR</title>
    ${head}
    <style>
      body { margin: 0; background: ${background}; }
      #root { position: relative; width: ${size[0]}px; height: ${size[1]}px; overflow: hidden;
        background: ${background}; }
      .clip { position: absolute; }
      ${style}
    </style>
  </head>
  <body>
    <div id="root" data-composition-id="main" ${timeline} data-start="0"
      data-duration="${seconds}" data-width="${size[0]}" data-height="${size[1]}">
      ${body}
    </div>
  </body>
</html>
`;
  writeFileSync(join(ws.project, "index.html"), text);
}

/** An ffmpeg that is the real one, and keeps the raw frames it is given to encode as HDR. */
function keepingFfmpeg(ws, name, frames) {
  const real = execFileSync("sh", ["-c", "command -v ffmpeg"], { encoding: "utf8" }).trim();
  const body = `case "$*" in
*"-pix_fmt rgb48le -s"*) tee "${frames}" | "${real}" "$@" ;;
*) exec "${real}" "$@" ;;
esac`;
  return script(ws, name, body);
}

/**
 * Renders the project of `ws`.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {"ours" | "theirs"} side
 * @param {{ flags?: string[], env?: Record<string, string>, name?: string }} [options]
 * @returns {Promise<{ end: import("./run.mjs").Finished, file: string,
 *   frames: () => Uint16Array[] }>} `frames`: what was encoded, 16-bit RGB
 */
export async function renderHdr(ws, side, { flags = [], env = {}, name = "o.mp4" } = {}) {
  const folder = join(ws.out, side);
  if (!existsSync(folder)) mkdirSync(folder);
  const [file, raw] = [join(folder, name), join(ws.dir, `${side}.rgb48`)];
  const tools = {
    HYPERFRAMES_FFMPEG_PATH: keepingFfmpeg(ws, `ffmpeg-${side}`, raw),
    // Frames of clips that upstream keeps.
    HYPERFRAMES_EXTRACT_CACHE_DIR: join(ws.dir, "cache"),
  };
  const by = side === "ours" ? "wrapper" : "peer";
  const args = ["render", ws.project, "-o", file, "-q", "draft", ...flags];
  const end = await cli(ws, args, { by, env: { ...tools, ...env } });
  return { end, file, frames: () => framesOf(raw) };
}

function framesOf(raw, [width, height] = SIZE) {
  const bytes = readFileSync(raw);
  const samples = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const length = width * height * CHANNELS;
  if (samples.length % length !== 0) throw new Error(`${samples.length} samples are no frames`);
  return Array.from({ length: samples.length / length }, (_, i) =>
    samples.subarray(i * length, (i + 1) * length),
  );
}

/** Red, green and blue of one pixel. @param {Uint16Array} frame */
export function pixelOf(frame, x, y) {
  const at = (y * SIZE[0] + x) * CHANNELS;
  return [...frame.subarray(at, at + CHANNELS)];
}

/**
 * How alike two frames are.
 *
 * @param {Uint16Array} a
 * @param {Uint16Array} b
 * @returns {number} dB, of 16 bits; infinite when they are equal
 */
export function psnr48(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} samples against ${b.length}`);
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] - b[at]) ** 2;
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(65_535 ** 2 / (sum / a.length));
}

/** What a file says of its colours: tags and side data of its first frame. */
export function colours(file) {
  const entries =
    "stream=codec_name,codec_tag_string,profile,pix_fmt,color_range,color_space,color_transfer,color_primaries:frame=side_data_list";
  const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", entries];
  const only = ["-read_intervals", "%+#1", "-of", "json", file];
  const text = execFileSync("ffprobe", [...args, ...only], { encoding: "utf8", timeout: 30_000 });
  const { streams, frames } = JSON.parse(text);
  return { ...streams[0], sideData: frames[0].side_data_list };
}
