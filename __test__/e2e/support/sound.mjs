/** Sound for tests: made by ffmpeg, taken from renders before and after AAC, compared. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { script } from "./fake-tool.mjs";
import { cli } from "./run.mjs";

const TEE = fileURLToPath(new URL("tee-ffmpeg.mjs", import.meta.url));
/** Step of 16-bit samples when full scale is 1. */
const LSB = 1 / 32768;
/**
 * How many such steps two mixes may be apart (-72 dB): upstream rounds each track to 16 bits, some
 * before they are resampled, and multiplies what is rounded by gains of up to 4.
 */
const STEPS = 8;
/**
 * How long decoders take that start at a cut, how long resamplers look around, and how long before
 * the end changes of speed choose by what they have left, seconds.
 */
const [WARM, SETTLED, LEFT] = [0.15, 0.002, 0.06];
/** Lags looked at to both sides, samples. */
const LAGS = 240;
const CORRELATED = 48_000;

/**
 * Makes a media file.
 *
 * @param {string} file
 * @param {string} source lavfi
 * @param {string[]} args for the output
 */
export function makeSound(file, source, args = []) {
  const input = ["-f", "lavfi", "-i", source];
  execFileSync("ffmpeg", ["-v", "error", "-y", ...input, ...args, file], { timeout: 30_000 });
}

/**
 * The real ffmpeg that, whenever it encodes a mix, also writes the samples it is about to encode.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {string} samples file to write them to
 */
export function teeingFfmpeg(ws, samples) {
  const real = execFileSync("sh", ["-c", "command -v ffmpeg"], { encoding: "utf8" }).trim();
  const tee = `exec "${process.execPath}" "${TEE}" "${real}" "${samples}" "$@"`;
  return script(ws, "tee-ffmpeg", `case "$*" in\n*/audio.m4a) ${tee};;\nesac\nexec "${real}" "$@"`);
}

/**
 * Renders a project by both engines, one after the other.
 *
 * @param {import("./workspace.mjs").Workspace} ws
 * @param {string} name of the output
 * @param {string[]} flags for the CLI
 * @returns {Promise<{ ours: Rendered, theirs: Rendered }>}
 *
 * @typedef {object} Rendered
 * @property {import("./run.mjs").Finished} end
 * @property {string} file
 * @property {string} samples WAV of what went into the AAC encoder
 */
export async function renderBoth(ws, name, flags = []) {
  const sides = [];
  for (const [side, by] of [
    ["ours", "wrapper"],
    ["theirs", "upstream"],
  ]) {
    mkdirSync(join(ws.out, side));
    const file = join(ws.out, side, name);
    const samples = join(ws.dir, `${side}.wav`);
    const env = {
      HYPERFRAMES_FFMPEG_PATH: teeingFfmpeg(ws, samples),
      // Frames of clips that upstream keeps.
      HYPERFRAMES_EXTRACT_CACHE_DIR: join(ws.dir, "cache"),
    };
    const args = ["render", ws.project, "-o", file, "-q", "draft", ...flags];
    sides.push({ end: await cli(ws, args, { by, env }), file, samples });
  }
  const [ours, theirs] = sides;
  return { ours, theirs };
}

/**
 * Asserts that two WAV files of 32-bit floats are the same sound: not shifted, and nowhere further
 * apart than upstream's rounding to 16 bits explains; but where tracks begin and end, upstream's
 * decoders and resamplers know nothing of what is before and behind.
 *
 * @param {string} ours
 * @param {string} theirs
 * @param {{ start: number, end: number }[]} [spans] of the tracks, seconds
 */
export function assertSameSamples(ours, theirs, spans = []) {
  const [mine, other] = [readFloats(ours), readFloats(theirs)];
  assert.equal(mine.length, other.length, "samples");
  assert.ok(
    other.some((value) => Math.abs(value) > 0.01),
    "upstream is silent",
  );
  assert.equal(lag(mine, other), 0, "lag in frames");
  let [apart, at] = [0, 0];
  const looked = outsideOfEdges(mine.length, spans);
  for (let i = 0; i < mine.length; i += 1) {
    if (looked[i >> 1] === 0) continue;
    const off = Math.abs(mine[i] - other[i]);
    if (off > apart) [apart, at] = [off, i];
  }
  assert.ok(apart <= STEPS * LSB, `${apart / LSB} steps of 16 bits apart at frame ${at >> 1}`);
}

/** For each frame whether no track begins or ends near it. */
function outsideOfEdges(samples, spans) {
  const looked = new Uint8Array(samples / 2).fill(1);
  const leaveOut = (from, to) =>
    looked.fill(0, Math.max(0, Math.floor(from * 48_000)), Math.max(0, Math.ceil(to * 48_000)));
  for (const { start, end } of spans) {
    leaveOut(start - SETTLED, start + WARM);
    leaveOut(end - LEFT, end + SETTLED);
  }
  return looked;
}

/** The samples of a WAV file of 32-bit floats, channels in turn. */
function readFloats(file) {
  assert.ok(existsSync(file), `${file} was not written`);
  const bytes = readFileSync(file);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + 4);
    if (bytes.toString("ascii", at, at + 4) === "data") {
      const data = bytes.subarray(at + 8, at + 8 + size);
      return new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
    }
    at += 8 + size + (size % 2);
  }
  throw new Error(`${file} has no samples`);
}

/** By how many stereo frames the left channel of `a` comes after that of `b`. */
function lag(a, b) {
  const count = Math.min(a.length / 2, CORRELATED) - LAGS;
  let best = { sum: Number.NEGATIVE_INFINITY, lag: 0 };
  for (let shift = -LAGS; shift <= LAGS; shift += 1) {
    let sum = 0;
    for (let i = LAGS; i < count; i += 1) sum += (a[2 * (i + shift)] ?? 0) * b[2 * i];
    if (sum > best.sum) best = { sum, lag: shift };
  }
  return best.lag;
}

/** What ffprobe says of a file's sound: codec, length, packets. */
export function soundFacts(file) {
  const fields = "stream=codec_name,sample_rate,channels,start_time,duration,nb_frames";
  const args = ["-v", "error", "-select_streams", "a", "-show_entries", fields, "-of", "json"];
  const { streams } = JSON.parse(execFileSync("ffprobe", [...args, file], { encoding: "utf8" }));
  return streams;
}

/**
 * How loud sine tones are in the left channel of a file's sound over time.
 *
 * @param {string} file
 * @param {number[]} frequencies Hz; multiples of 10, so that they do not leak into each other
 * @param {number[]} times middles of windows of 100 ms, seconds
 * @returns {number[][]} by frequency and time, the amplitude; full scale is 1
 */
export function toneLevels(file, frequencies, times) {
  const rate = 48_000;
  const args = ["-v", "error", "-i", file, "-map", "0:a:0", "-af", "pan=mono|c0=c0"];
  const raw = execFileSync("ffmpeg", [...args, "-ar", String(rate), "-f", "f32le", "-"], {
    maxBuffer: 1 << 28,
  });
  const samples = new Float32Array(raw.buffer, raw.byteOffset, raw.length >> 2);
  const length = rate / 10;
  return frequencies.map((frequency) =>
    times.map((time) => {
      const first = Math.round(time * rate) - length / 2;
      let [real, imaginary] = [0, 0];
      for (let i = 0; i < length; i += 1) {
        const angle = (2 * Math.PI * frequency * i) / rate;
        const sample = samples[first + i] ?? 0;
        real += sample * Math.cos(angle);
        imaginary += sample * Math.sin(angle);
      }
      return (2 * Math.hypot(real, imaginary)) / length;
    }),
  );
}
