/** Clips of other colour spaces and shapes than usual, as Chrome's own `<video>` shows them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decode } from "./support/alpha.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { compositionPage, timed, video } from "./support/html.mjs";
import { cli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const SIZE = [320, 180];
const SECONDS = 0.2;
/** The page below clips. */
const GREEN = [0, 128, 0];
const RED = [200, 40, 40];
const GREY = [120, 120, 120];
/** Samples are whole numbers, and chroma is enlarged. */
const APART = 4;

const H264 = ["-c:v", "libx264", "-qp", "1"];
const VP9 = ["-c:v", "libvpx-vp9", "-lossless", "1"];
const AV1 = ["-c:v", "libaom-av1", "-crf", "0", "-b:v", "0", "-cpu-used", "8"];

/**
 * A clip of one colour: its file, size, samples, what it says of them, and where it is on the page.
 * `shows`: colours of points on the page.
 */
const CLIPS = [
  {
    file: "p3.mp4",
    codec: H264,
    tags: ["bt709", "smpte432", "iec61966-2-1"],
    style: "left: 0; top: 0",
    // Measured, as those below (src/video/colour_change.rs).
    shows: [[20, 20, [218, 0, 27]]],
  },
  {
    file: "bt2020.webm",
    codec: VP9,
    matrix: "bt2020",
    tags: ["bt2020nc", "bt2020", "bt2020-10"],
    style: "left: 80px; top: 0",
    shows: [[100, 20, [249, 0, 28]]],
  },
  {
    file: "bt601.mp4",
    codec: H264,
    matrix: "bt601",
    tags: ["smpte170m", "smpte170m", "smpte170m"],
    style: "left: 160px; top: 0",
    shows: [[180, 20, [195, 50, 40]]],
  },
  {
    file: "bt709.webm",
    codec: VP9,
    tags: ["bt709", "bt709", "bt709"],
    style: "left: 240px; top: 0",
    shows: [[260, 20, RED]],
  },
  {
    file: "grey.mp4",
    codec: AV1,
    colour: GREY,
    filter: "extractplanes=y",
    style: "left: 0; top: 60px",
    shows: [[20, 80, GREY]],
  },
  {
    // Fills a box of its display aspect to the corners.
    file: "tape.mp4",
    codec: H264,
    size: "48x36",
    aspect: "4/3",
    colour: GREY,
    style: "left: 80px; top: 60px; width: 64px; height: 36px; object-fit: contain",
    shows: [
      [81, 61, GREY],
      [142, 94, GREY],
    ],
  },
  {
    // Without a CSS size: 32 by 36, because a side grows and none shrinks.
    file: "flat.mkv",
    codec: H264,
    size: "32x18",
    aspect: "1/2",
    colour: GREY,
    style: "left: 160px; top: 60px",
    shows: [
      [190, 94, GREY],
      [194, 94, GREEN],
      [190, 98, GREEN],
    ],
  },
  {
    // Stored lying, and shown upright: 36 by 64.
    file: "turned.mp4",
    codec: H264,
    size: "48x36",
    aspect: "4/3",
    rotate: 90,
    colour: GREY,
    style: "left: 240px; top: 60px",
    shows: [
      [274, 122, GREY],
      [278, 122, GREEN],
      [274, 126, GREEN],
    ],
  },
];

function make(folder, clip) {
  const { file, codec, size = "64x36", aspect = "1", matrix = "bt709", colour = RED } = clip;
  const { tags = [], filter = "null", rotate } = clip;
  const path = join(folder, file);
  const samples = `scale=out_color_matrix=${matrix}:out_range=tv,format=yuv420p`;
  const hex = Buffer.from(colour).toString("hex");
  const source = `color=0x${hex}:size=${size}:rate=30:duration=0.3,format=gbrp,${samples},${filter}`;
  const said = ["-colorspace", "-color_primaries", "-color_trc"].flatMap((option, i) =>
    tags[i] ? [option, tags[i]] : [],
  );
  // The scaler notes its matrix in the frames.
  const untagged = "setparams=colorspace=unknown";
  const graph = `${source},setsar=${aspect}${tags.length ? "" : `,${untagged}`}`;
  const quiet = ["-v", "error", "-nostdin", "-y"];
  const upright = rotate ? join(folder, `lying-${file}`) : path;
  const ffmpeg = (args) => execFileSync("ffmpeg", [...quiet, ...args], { timeout: 60_000 });
  ffmpeg(["-f", "lavfi", "-i", graph, ...codec, ...said, "-color_range", "tv", upright]);
  if (!rotate) return;
  ffmpeg(["-i", upright, "-c", "copy", "-metadata:s:v:0", `rotate=${rotate}`, path]);
}

test("clips have the colours and the shape that Chrome shows", async (t) => {
  const ws = workspace(t);
  for (const clip of CLIPS) make(ws.project, clip);
  const videos = CLIPS.map(({ file, style }, track) =>
    video(file.replace(".", "-"), file, { style, ...timed(SECONDS, track) }),
  );
  const page = compositionPage({
    title: "Colour spaces",
    seconds: SECONDS,
    size: SIZE,
    style: `#root { background: rgb(${GREEN}); }
      video { position: absolute; }`,
    body: videos.join("\n      "),
  });
  writeFileSync(join(ws.project, "index.html"), page);
  const folder = join(ws.out, "frames");
  const end = await cli(ws, ["render", ws.project, "-o", folder, "--format", "png-sequence"]);
  assertExit(end, 0);
  assertNative(end);
  const frame = decode(join(folder, "frame_%06d.png"));
  for (const { file, shows } of CLIPS) {
    for (const [x, y, colour] of shows) {
      const got = [...frame.subarray((y * SIZE[0] + x) * 4).subarray(0, 3)];
      const apart = Math.max(...got.map((value, i) => Math.abs(value - colour[i])));
      assert.ok(apart <= APART, `${file} at ${x}, ${y}: ${got}, not ${colour}`);
    }
  }
  await assertClean(ws);
});
