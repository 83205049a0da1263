/** Facts about rendered files, by ffprobe. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

/**
 * @param {string} file
 * @returns {{ frames: number, width: number, height: number, codec: string, pixels: string,
 *   rate: string, seconds: number, tags: Record<string, string>, streams: number }}
 */
export function probe(file) {
  const args = ["-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json"];
  const { streams, format } = JSON.parse(
    execFileSync("ffprobe", [...args, file], { encoding: "utf8", timeout: 30_000 }),
  );
  const [video] = streams;
  return {
    frames: Number(video.nb_read_frames),
    width: video.width,
    height: video.height,
    codec: video.codec_name,
    pixels: video.pix_fmt,
    rate: video.r_frame_rate,
    seconds: Number(format.duration),
    tags: format.tags,
    streams: streams.length,
  };
}

/**
 * The colour of one pixel of the first frame.
 *
 * @param {string} file
 * @param {number} x
 * @param {number} y
 * @returns {number[]} red, green, blue
 */
export function pixel(file, x, y) {
  const args = [
    "-v",
    "error",
    "-i",
    file,
    "-frames:v",
    "1",
    "-vf",
    `format=rgb24,crop=1:1:${x}:${y}`,
  ];
  const raw = execFileSync("ffmpeg", [...args, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"], {
    timeout: 30_000,
  });
  return [...raw.subarray(0, 3)];
}

/**
 * Asserts that a file is a finished render of the test composition.
 *
 * @param {string} file
 * @param {{ frames: number, rate?: string, version?: string }} expected
 */
export function assertVideo(file, { frames, rate = "30/1", version }) {
  const video = probe(file);
  assert.equal(video.frames, frames);
  assert.deepEqual([video.width, video.height], [320, 180]);
  assert.deepEqual([video.codec, video.pixels, video.rate], ["h264", "yuv420p", rate]);
  assert.equal(video.streams, 1);
  assert.equal(video.tags.hyperframes_renderer, "hyperframes");
  if (version) assert.equal(video.tags.hyperframes_version, version);
  return video;
}
