/** Everything that tells two outputs of one cell apart, but their pictures and their sizes. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { loopsOf } from "../../e2e/support/alpha.mjs";

const LIMITS = { encoding: "utf8", timeout: 30_000, maxBuffer: 64 << 20 };
/** What differs with every bit of the pictures or samples, the name, and places within a file. */
const UNEQUAL = new Set(["bit_rate", "max_bit_rate", "size", "filename", "pos", "extradata_size"]);
/** Formats whose pictures may be transparent. */
const WITH_ALPHA = new Set(["webm", "mov", "gif", "png-sequence"]);

/**
 * @param {string} output file or folder
 * @param {import("./cells.mjs").Cell} cell
 * @returns {Record<string, unknown>}
 */
export function factsOf(output, { format, size }) {
  const facts =
    format === "hls"
      ? playlistFacts(output)
      : format === "png-sequence"
        ? pictureFacts(output)
        : mediaFacts(output);
  if (format === "gif") facts.plays = loopsOf(output);
  if (WITH_ALPHA.has(format)) facts.alpha = alphaOf(output, format, size);
  return facts;
}

function ffprobe(args, file) {
  return JSON.parse(
    execFileSync("ffprobe", ["-v", "error", ...args, "-of", "json", file], LIMITS),
    (key, value) => (UNEQUAL.has(key) ? undefined : value),
  );
}

/** Streams, container, and each packet's and picture's kind and times. */
function mediaFacts(file) {
  const all = ffprobe(["-count_frames", "-show_streams", "-show_format", "-show_packets"], file);
  const pictures = ffprobe(
    ["-select_streams", "v", "-show_entries", "frame=pict_type,key_frame:frame_side_data"],
    file,
  );
  const frames = pictures.frames ?? [];
  const packets = all.packets.map(({ codec_type, pts_time, dts_time, duration_time, flags }) =>
    [codec_type, pts_time, dts_time, duration_time, flags].join(" "),
  );
  return {
    streams: all.streams,
    format: all.format,
    packets,
    types: frames.map(({ pict_type }) => pict_type).join(""),
    // Mastering display and light levels of HDR are messages in the stream.
    sideData: frames.map(({ side_data_list }) => side_data_list ?? []),
    encoder: encoderOptions(file),
  };
}

/** What x264 and x265 write into the stream of the options they were given. */
function encoderOptions(file) {
  return /x26[45] \(build \d+\)[^\0]* - options: ([\x20-\x7e]+)/.exec(
    readFileSync(file, "latin1"),
  )?.[1];
}

/** The files of an HLS folder, what its playlists say, and what each of them plays. */
function playlistFacts(folder) {
  const names = readdirSync(folder).sort();
  const playlists = names.filter((name) => name.endsWith(".m3u8"));
  const texts = playlists.map((name) => {
    const text = readFileSync(path.join(folder, name), "utf8");
    // The bit rate is that of the pictures.
    return [name, text.replace(/BANDWIDTH=\d+/g, "BANDWIDTH=").split("\n")];
  });
  const played = playlists
    .filter((name) => name !== "master.m3u8")
    .map((name) => [name, mediaFacts(path.join(folder, name))]);
  return { names, texts: Object.fromEntries(texts), played: Object.fromEntries(played) };
}

/** The pictures of a folder, and the sound beside them. */
function pictureFacts(folder) {
  const names = readdirSync(folder).sort();
  const pictures = names.filter((name) => name.endsWith(".png"));
  const sound = names.find((name) => name.startsWith("audio."));
  return {
    names,
    empty: names.filter((name) => statSync(path.join(folder, name)).size === 0),
    pictures: pictures.length,
    streams: ffprobe(["-show_streams"], path.join(folder, pictures[0])).streams,
    sound: sound && mediaFacts(path.join(folder, sound)),
  };
}

/** Alpha of the first picture in a corner and in the middle of the box. */
function alphaOf(output, format, [width, height]) {
  const input = format === "png-sequence" ? path.join(output, "frame_000001.png") : output;
  // ffmpeg's own VP9 decoder leaves alpha out.
  const decoder = format === "webm" ? ["-c:v", "libvpx-vp9"] : [];
  const raw = ["-frames:v", "1", "-pix_fmt", "rgba", "-f", "rawvideo", "-"];
  const args = ["-v", "error", "-nostdin", ...decoder, "-i", input, ...raw];
  const pixels = execFileSync("ffmpeg", args, { ...LIMITS, encoding: "buffer" });
  const at = (x, y) => pixels[(y * width + x) * 4 + 3];
  return { corner: at(width - 1, height - 1), box: at(20, 40) };
}
