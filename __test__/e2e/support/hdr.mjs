/** HDR compositions, and the frames that an engine hands to its encoder for them. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { clipFile } from "../../../scripts/lib/media-files.mjs";
import { script } from "./fake-tool.mjs";
import { compositionPage, element, timed, video } from "./html.mjs";
import { startCli } from "./run.mjs";

/** Size of all pages here. */
export const SIZE = [320, 180];
export const FPS = 30;
const CHANNELS = 3;
/** Code points of ITU-T H.273. */
const CURVES = { pq: 16, hlg: 18 };

/** Frames have to be this alike before they are encoded, dB. */
export const ALIKE = 60;
/** How long pages last. */
export const SECONDS = 0.5;
/** SDR white in PQ, of 65535 (BT.2408: 203 cd/m2). */
export const PQ_WHITE = 38_055;
export const WHITE = [PQ_WHITE, PQ_WHITE, PQ_WHITE];

let track = 0;
/** Attributes of an element with a track of its own. */
export const placed = (style) => {
  track += 1;
  return { style, ...timed(SECONDS, track) };
};
export const film = (src, style, more) => video("film", src, { ...placed(style), ...more });
export const image = (src, style) =>
  element("img", { id: "still", class: "clip", src, ...placed(style) });
export const box = (id, style, inside) =>
  element("div", { id, class: "clip", ...placed(style) }, inside);

export const WHOLE = "inset: 0; width: 320px; height: 180px";
export const CAPTION = box(
  "caption",
  "left: 40px; top: 90px; z-index: 3; color: #fff; font: 700 30px sans-serif",
  "SDR over HDR",
);

/** How clips are encoded, by their curve. */
const FORMS = {
  pq: { codec: "hevc", pixels: "yuv420p10le", colour: "pq" },
  hlg: { codec: "hevc", pixels: "yuv420p10le", colour: "hlg" },
  sdr: { codec: "h264", colour: "bt709" },
  // Of codecs that may have alpha, and here have none.
  "sdr-prores": { codec: "prores", colour: "bt709" },
  "sdr-vp9": { codec: "vp9", colour: "bt709" },
};

/**
 * Puts a moving clip into the project: H.265 of ten bits, or, "sdr", one in BT.709.
 *
 * @param {{ project: string }} ws
 * @param {string} name
 * @param {{ curve: keyof typeof FORMS, size?: string, seconds?: number, clip?: number }} what
 */
export async function putClip(ws, name, { curve, size = SIZE.join("x"), seconds = 0.5, clip = 1 }) {
  const spec = { file: name, clip, size, fps: String(FPS), seconds, ...FORMS[curve] };
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
 * Writes a black page; upstream takes every other background away.
 *
 * @param {{ project: string }} ws
 * @param {{ body: string, style?: string, seconds?: number, head?: string, background?: string,
 *   size?: number[] }} page
 */
export function writePage(ws, page) {
  const { style = "", seconds = 0.5, head = "", background = "#000", size = SIZE } = page;
  const text = compositionPage({
    title: "HDR",
    seconds,
    size,
    // Only a page that brings a library has a timeline to wait for.
    timeline: head !== "",
    head,
    style: `body, #root { background: ${background}; }
      .clip { position: absolute; }
      ${style}`,
    body: page.body,
  });
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
 * Starts to render the project of `ws`.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {"ours" | "theirs"} side
 * @param {{ flags?: string[], env?: Record<string, string>, name?: string, keep?: boolean }} [options]
 *   `keep`: what is encoded, which puts a shell between the engine and its encoder; default true
 * @returns {Promise<{ running: import("./run.mjs").Running, file: string,
 *   frames: () => Uint16Array[] }>} `frames`: what was encoded, 16-bit RGB
 */
export async function startHdr(ws, side, options = {}) {
  const { flags = [], env = {}, name = "o.mp4", keep = true } = options;
  const folder = join(ws.out, side);
  if (!existsSync(folder)) mkdirSync(folder);
  const [file, raw] = [join(folder, name), join(ws.dir, `${side}.rgb48`)];
  const tools = {
    ...(keep ? { HYPERFRAMES_FFMPEG_PATH: keepingFfmpeg(ws, `ffmpeg-${side}`, raw) } : {}),
    // Frames of clips that upstream keeps.
    HYPERFRAMES_EXTRACT_CACHE_DIR: join(ws.dir, "cache"),
  };
  const by = side === "ours" ? "wrapper" : "upstream";
  const args = ["render", ws.project, "-o", file, "-q", "draft", ...flags];
  const running = await startCli(ws, args, { by, env: { ...tools, ...env } });
  return { running, file, frames: () => framesOf(raw) };
}

/**
 * Renders the project of `ws`.
 *
 * @param {Parameters<typeof startHdr>} args
 * @returns {Promise<{ end: import("./run.mjs").Finished, file: string,
 *   frames: () => Uint16Array[] }>} `frames`: what was encoded, 16-bit RGB
 */
export async function renderHdr(...args) {
  const { running, file, frames } = await startHdr(...args);
  return { end: await running.done, file, frames };
}

function framesOf(raw) {
  const bytes = readFileSync(raw);
  return cut(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), SIZE);
}

function cut(samples, [width, height]) {
  const length = width * height * CHANNELS;
  if (samples.length % length !== 0) throw new Error(`${samples.length} samples are no frames`);
  return Array.from({ length: samples.length / length }, (_, i) =>
    samples.subarray(i * length, (i + 1) * length),
  );
}

/**
 * What the frames of an SDR clip are in a PQ picture: the light that browsers show for them (they take
 * the curve of BT.709 for sRGB's), in the primaries of BT.2020 (ITU-R BT.2087), white at 203 cd/m2.
 *
 * @param {{ project: string }} ws
 * @param {string} name of the clip in the project, tagged BT.709
 * @returns {Uint16Array[]} 16-bit RGB of the clip's own size
 */
export function sdrAsPq(ws, name) {
  // Chroma is repeated, as pages get it.
  const whole = "scale=flags=neighbor,format=yuv444p";
  const filter = `${whole},scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int`;
  const file = join(ws.project, name);
  const output = ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"];
  const args = ["-v", "error", "-nostdin", "-i", file, "-vf", filter, ...output];
  const raw = execFileSync("ffmpeg", args, { timeout: 30_000, maxBuffer: 1 << 28 });
  const samples = new Uint16Array(raw.length);
  for (let at = 0; at < raw.length; at += CHANNELS) {
    const light = [0, 1, 2].map((channel) => LIGHT_OF_SDR[raw[at + channel]]);
    TO_BT2020.forEach((row, channel) => {
      samples[at + channel] = pqOf(row.reduce((sum, share, i) => sum + share * light[i], 0));
    });
  }
  const { streams } = JSON.parse(
    execFileSync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", file]),
  );
  return cut(samples, [streams[0].width, streams[0].height]);
}

/** From the light of BT.709 to that of BT.2020. */
const TO_BT2020 = [
  [0.6274, 0.3293, 0.0433],
  [0.0691, 0.9195, 0.0114],
  [0.0164, 0.088, 0.8956],
];

/** Light by eight-bit sRGB level, white being 1. */
const LIGHT_OF_SDR = Array.from({ length: 256 }, (_, level) => {
  const signal = level / 255;
  return signal <= 0.04045 ? signal / 12.92 : ((signal + 0.055) / 1.055) ** 2.4;
});

/** PQ signal, of 65535, of light. */
function pqOf(light) {
  const power = ((light * 203) / 10_000) ** 0.1593017578125;
  const pq = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
  return Math.round(pq * 65_535);
}

/**
 * The samples of a frame that are in a box, or those that are not.
 *
 * @param {Uint16Array} frame
 * @param {number[]} box left, top, width, height
 * @param {{ size?: number[], within?: boolean }} [options] size of the frame, and which of the two
 */
export function part(frame, [left, top, width, height], { size = SIZE, within = true } = {}) {
  return frame.filter((_, at) => {
    const pixel = Math.floor(at / CHANNELS);
    const [x, y] = [(pixel % size[0]) - left, Math.floor(pixel / size[0]) - top];
    return (x >= 0 && x < width && y >= 0 && y < height) === within;
  });
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
    "stream=codec_name,codec_tag_string,profile,pix_fmt,color_range,color_space,color_transfer,color_primaries:frame_side_data";
  const args = ["-v", "error", "-select_streams", "v:0", "-show_entries", entries];
  const only = ["-read_intervals", "%+#1", "-of", "json", file];
  const text = execFileSync("ffprobe", [...args, ...only], { encoding: "utf8", timeout: 30_000 });
  const { streams, frames } = JSON.parse(text);
  return { ...streams[0], sideData: frames[0].side_data_list };
}
