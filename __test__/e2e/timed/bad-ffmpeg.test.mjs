/** An ffmpeg that is missing, fails or hangs. */
import { join } from "node:path";
import { describe } from "node:test";
import { badInput } from "../support/bad-input.mjs";
import { fakeFfmpeg, script } from "../support/fake-tool.mjs";
import { writeProject } from "../support/project.mjs";
import { makeSound } from "../support/sound.mjs";

const prepare = (ws) => writeProject(ws);
const encoding = (commands) => (ws) => ({ HYPERFRAMES_FFMPEG_PATH: fakeFfmpeg(ws, commands) });

// Mostly waiting, so two at a time.
describe("bad ffmpeg", { concurrency: 2 }, () => {
  for (const [tool, variable] of [
    ["ffmpeg", "HYPERFRAMES_FFMPEG_PATH"],
    ["ffprobe", "HYPERFRAMES_FFPROBE_PATH"],
  ]) {
    badInput({
      title: `no ${tool} where the variable says`,
      prepare,
      env: (ws) => ({ [variable]: join(ws.dir, "gone") }),
      code: "HF_NATIVE_FFMPEG_NOT_FOUND",
      message: new RegExp(`^${tool} not found at ${variable}=".*/gone", which does not exist`),
      cliMessage: new RegExp(tool, "i"),
    });
  }

  badInput({
    title: "no ffmpeg anywhere",
    by: ["api"],
    prepare,
    env: (ws) => ({ PATH: ws.home }),
    code: "HF_NATIVE_FFMPEG_NOT_FOUND",
    message: /ffmpeg not found.*Install ffmpeg/,
  });

  badInput({
    title: "it fails at once",
    prepare,
    env: encoding("echo 'Unknown encoder libx264' >&2; exit 8"),
    code: "HF_NATIVE_ENCODE",
    message: /FFmpeg exited with exit code 8.*Unknown encoder libx264/s,
  });

  badInput({
    title: "it fails after the last frame",
    prepare,
    env: encoding("cat >/dev/null; echo 'moov atom lost' >&2; exit 1"),
    code: "HF_NATIVE_ENCODE",
    message: /FFmpeg exited with exit code 1.*moov atom lost/s,
  });

  badInput({
    title: "it says that all is well and writes nothing",
    prepare,
    env: encoding("cat >/dev/null"),
    code: "HF_NATIVE_ENCODE",
    message: /video-only\.mp4|No such file/,
  });

  badInput({
    title: "it writes too few frames",
    prepare,
    env: encoding(
      "for last; do :; done; ffmpeg -v error -f lavfi -i color=s=320x180:r=30 -frames:v 5 " +
        '-video_track_timescale 90000 -y "$last" </dev/null && cat >/dev/null',
    ),
    code: "HF_NATIVE_TRUNCATED",
    message: /truncated/,
  });

  badInput({
    title: "it never reads a frame",
    prepare: (ws) => writeProject(ws, { seconds: 20 }),
    env: (ws) => ({ ...encoding("exec sleep 600")(ws), FFMPEG_STREAMING_TIMEOUT_MS: "1500" }),
    code: "HF_NATIVE_ENCODE",
    message: /FFmpeg stopped after 1500 ms without consuming a frame/,
  });

  badInput({
    title: "it never ends",
    prepare,
    env: (ws) => ({
      ...encoding("cat >/dev/null; exec sleep 600")(ws),
      FFMPEG_STREAMING_TIMEOUT_MS: "1500",
    }),
    code: "HF_NATIVE_ENCODE",
    message: /FFmpeg did not finish within 1500 ms/,
  });

  badInput({
    title: "it never ends to make a GIF of its pictures",
    prepare,
    flags: ["--format", "gif"],
    options: { format: "gif" },
    output: (ws, by) => join(ws.out, `${by}.gif`),
    env: (ws) => ({
      HYPERFRAMES_FFMPEG_PATH: script(
        ws,
        "fake-ffmpeg",
        'case "$*" in *paletteuse*) exec sleep 600;; *) exec ffmpeg "$@";; esac',
      ),
      FFMPEG_ENCODE_TIMEOUT_MS: "1500",
    }),
    code: "HF_NATIVE_ENCODE",
    message: /FFmpeg did not finish within 1500 ms/,
  });

  badInput({
    title: "it never ends to put picture and sound together",
    prepare(ws) {
      makeSound(join(ws.project, "tone.wav"), "sine=duration=1");
      const tone = '<audio id="tone" src="tone.wav" data-start="0" data-duration="0.5"></audio>';
      writeProject(ws, { body: tone });
    },
    env: (ws) => ({
      HYPERFRAMES_FFMPEG_PATH: script(
        ws,
        "fake-ffmpeg",
        'case "$*" in *faststart*) exec sleep 600;; *) exec ffmpeg "$@";; esac',
      ),
      FFMPEG_PROCESS_TIMEOUT_MS: "1500",
    }),
    code: "HF_NATIVE_ENCODE",
    message: /FFmpeg did not finish within 1500 ms/,
  });
});
