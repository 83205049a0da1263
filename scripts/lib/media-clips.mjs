/**
 * Test clips as ffmpeg command lines: moving pictures from ffmpeg's own generators, each frame with
 * its number in it (`media-code.mjs`), in the codecs, rates, colours and containers that source
 * files come in. Nothing here runs anything.
 */
import path from "node:path";
import { CLIP_NUMBERS, codeFilters } from "./media-code.mjs";

/** Encoder arguments by codec; the pixel format is the default one. */
const CODECS = {
  h264: { pixels: "yuv420p", args: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16"] },
  hevc: {
    pixels: "yuv420p",
    args: [
      ...["-c:v", "libx265", "-preset", "veryfast", "-crf", "16", "-tag:v", "hvc1"],
      ...["-x265-params", "log-level=error"],
    ],
  },
  vp8: { pixels: "yuv420p", args: ["-c:v", "libvpx", "-b:v", "2M", "-cpu-used", "4"] },
  vp9: {
    pixels: "yuv420p",
    args: ["-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "20", "-cpu-used", "5"],
  },
  prores: { pixels: "yuv422p10le", args: ["-c:v", "prores_ks", "-profile:v", "3"] },
  mpeg4: { pixels: "yuv420p", args: ["-c:v", "mpeg4", "-q:v", "3"] },
  gif: { pixels: "rgb8", args: ["-c:v", "gif", "-loop", "0"] },
  webp: {
    pixels: "yuv420p",
    args: ["-c:v", "libwebp_anim", "-quality", "90", "-loop", "0", "-f", "webp"],
  },
  apng: { pixels: "rgb24", args: ["-c:v", "apng", "-plays", "0", "-f", "apng"] },
};

/** What a codec needs to keep alpha. */
const ALPHA = {
  vp8: { pixels: "yuva420p", args: ["-auto-alt-ref", "0"] },
  vp9: { pixels: "yuva420p", args: ["-auto-alt-ref", "0"] },
  prores: { pixels: "yuva444p10le", args: ["-profile:v", "4444", "-alpha_bits", "16"] },
  apng: { pixels: "rgba", args: [] },
  webp: { pixels: "yuva420p", args: [] },
};

const tags = (space, range) => [
  ...["-colorspace", space, "-color_primaries", space, "-color_trc", space],
  ...["-color_range", range],
];

const hdrTags = (transfer) => [
  ...["-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer],
  ...["-color_range", "tv"],
];

/** Matrix and range of the samples, and what the stream says about them. */
const COLOURS = {
  untagged: { matrix: "bt601", range: "tv", args: [] },
  // Without primaries, which are no part of these samples.
  bt601: { matrix: "bt601", range: "tv", args: ["-colorspace", "smpte170m", "-color_range", "tv"] },
  bt709: { matrix: "bt709", range: "tv", args: tags("bt709", "tv") },
  "bt709-full": { matrix: "bt709", range: "pc", args: tags("bt709", "pc") },
  pq: { matrix: "bt2020", range: "tv", args: hdrTags("smpte2084") },
  hlg: { matrix: "bt2020", range: "tv", args: hdrTags("arib-std-b67") },
};

/** Moving content without a number, as a source filter. */
const CONTENT = {
  pattern: (size, fps, seconds) => `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`,
  soft: (size, fps, seconds) =>
    `gradients=size=${size}:rate=${fps}:duration=${seconds}:n=5:seed=7:speed=0.02`,
};

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const rational = /^\d+(\/\d+)?$/;

/** Field to its check and its meaning, for errors. */
const FIELDS = {
  file: [(v) => typeof v === "string" && v.length > 0, "a path in the project"],
  clip: [(v) => Number.isInteger(v) && v >= 0 && v < CLIP_NUMBERS, `below ${CLIP_NUMBERS}`],
  size: [(v) => /^\d+x\d+$/.test(v), '"320x180", as it is to be seen'],
  fps: [(v) => typeof v === "string" && rational.test(v), '"25" or "24000/1001"'],
  seconds: [(v) => isNumber(v) && v > 0, "a number above 0"],
  codec: [(v) => v in CODECS, Object.keys(CODECS).join(", ")],
  content: [(v) => v in CONTENT, Object.keys(CONTENT).join(", ")],
  colour: [(v) => v in COLOURS, Object.keys(COLOURS).join(", ")],
  pixels: [(v) => typeof v === "string", "a pixel format of ffmpeg"],
  alpha: [(v) => typeof v === "boolean", "true or false"],
  times: [(v) => typeof v === "string", "an expression: seconds of frame N"],
  rotate: [(v) => [90, 180, 270].includes(v), "90, 180 or 270"],
  late: [(v) => isNumber(v) && v > 0, "seconds by which the video starts after the sound"],
  sound: [(v) => typeof v === "boolean", "true or false"],
  args: [(v) => Array.isArray(v), "further arguments of the encoder"],
};
const NEEDED = ["file", "size", "fps", "seconds"];

/**
 * @typedef {object} ClipSpec
 * @property {string} file its ending chooses the container
 * @property {number} [clip] number burnt in beside the frame's, default 0
 * @property {string} size as it is to be seen, "320x180"
 * @property {string} fps
 * @property {number} seconds
 * @property {keyof typeof CODECS} [codec] default h264
 * @property {"pattern" | "soft"} [content] default pattern
 * @property {keyof typeof COLOURS} [colour] default untagged
 * @property {string} [pixels] pixel format, default the usual one of the codec
 * @property {boolean} [alpha] transparent towards the corners
 * @property {string} [times] seconds at which frame N is shown, for a variable rate
 * @property {90 | 180 | 270} [rotate] stored turned, with the tag that turns it back
 * @property {number} [late] seconds that the video starts after the sound
 * @property {boolean} [sound] a tone as long as the video
 * @property {string[]} [args] further encoder or muxer arguments
 */

/**
 * @param {ClipSpec} spec
 * @param {string} where file and field, for errors
 * @throws when a field is missing, unknown or wrong
 */
export function checkClip(spec, where) {
  const missing = NEEDED.find((name) => spec?.[name] === undefined);
  if (missing) throw new Error(`${where}: a clip needs "${missing}"`);
  for (const [name, value] of Object.entries(spec)) {
    if (!FIELDS[name]) {
      const known = Object.keys(FIELDS).join(", ");
      throw new Error(`${where}: ${spec.file} has unknown field "${name}"; known: ${known}`);
    }
    const [check, meaning] = FIELDS[name];
    if (!check(value)) throw new Error(`${where}: "${name}" of ${spec.file} must be: ${meaning}`);
  }
  if (spec.alpha && !ALPHA[spec.codec ?? "h264"]) {
    throw new Error(`${where}: "alpha" of ${spec.file} needs codec ${Object.keys(ALPHA)}`);
  }
}

/**
 * The commands that make a clip, one after the other.
 * @param {ClipSpec} spec checked
 * @param {(ending: string) => string} place path of a file with that ending: "" is the clip, others are on
 *   the way to it
 * @returns {string[][]} arguments of ffmpeg
 */
export function clipCommands(spec, place) {
  const codec = CODECS[spec.codec ?? "h264"];
  const alpha = spec.alpha ? ALPHA[spec.codec] : undefined;
  const colour = COLOURS[spec.colour ?? "untagged"];
  const quiet = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-bitexact"];
  const ending = path.extname(spec.file);
  const encoded = spec.rotate ? place(`-upright${ending}`) : place("");
  const hasSound = spec.sound || spec.late !== undefined;
  const tone = `sine=frequency=330:sample_rate=48000:duration=${spec.seconds + (spec.late ?? 0)}`;
  const encode = [
    ...quiet,
    ...(hasSound ? ["-f", "lavfi", "-i", tone] : []),
    ...["-filter_complex", graph(spec, alpha?.pixels ?? spec.pixels ?? codec.pixels, colour)],
    ...["-map", "[v]", "-fps_mode", "passthrough"],
    ...(hasSound ? ["-map", "0:a"] : []),
    ...(spec.times ? ["-enc_time_base", "1:90000", "-video_track_timescale", "90000"] : []),
    ...codec.args,
    ...(alpha?.args ?? []),
    ...colour.args,
    ...["-threads", "2", ...(spec.args ?? []), encoded],
  ];
  if (!spec.rotate) return [encode];
  const turn = ["-i", encoded, "-c", "copy", "-metadata:s:v:0", `rotate=${spec.rotate}`];
  return [encode, [...quiet, ...turn, place("")]];
}

/** How the picture is stored for ffmpeg's `rotate` tag, which counts against the clock. */
const STORED = { 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock" };

const isRgb = (pixels) => /^(rgb|gbr|bgr)/.test(pixels);

function graph(spec, pixels, { matrix, range }) {
  const [width, height] = spec.size.split("x").map(Number);
  const content = CONTENT[spec.content ?? "pattern"](spec.size, spec.fps, spec.seconds);
  const samples = isRgb(pixels)
    ? "format=rgb24"
    : `format=rgb24,scale=out_color_matrix=${matrix}:out_range=${range},format=yuv444p`;
  const chain = [content, samples, codeFilters(width, height, spec.clip ?? 0)];
  if (spec.times) chain.push(`settb=1/90000,setpts='(${spec.times})/TB'`);
  if (spec.late) chain.push(`setpts='PTS+${spec.late}/TB'`);
  if (spec.rotate) chain.push(STORED[spec.rotate]);
  // Left alone, the scaler would make limited range of everything.
  const same = `in_range=${range}:out_range=${range}:in_color_matrix=${matrix}:out_color_matrix=${matrix}`;
  const last = isRgb(pixels) ? [`format=${pixels}`] : [`scale=${same}`, `format=${pixels}`];
  // The scaler notes its matrix in the frames; the stream is to say only what it is told to.
  if (spec.colour === undefined) last.push("setparams=colorspace=unknown:range=unknown");
  if (!spec.alpha) return `${[...chain, ...last].join(",")}[v]`;
  // Opaque in the middle, where the number is, and softly gone at the corners.
  const fade = "clip(255*(1.5-hypot(X/W-0.5,Y/H-0.5)*2.4),0,255)";
  const mask = `color=black:size=${spec.size}:rate=${spec.fps}:duration=${spec.seconds},format=gray,geq=lum='${fade}'`;
  return `${chain.join(",")}[p];${mask}[m];[p][m]alphamerge,${last.join(",")}[v]`;
}
