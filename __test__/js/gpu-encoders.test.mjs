/** GPU encoders: which one is taken, and that ffmpeg gets the arguments that upstream builds. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createRenderJob } from "../../dist/api/producer.js";
import { loadBinding } from "../../dist/wire/binding.js";
import { explainPlan } from "../../dist/wire/native-run.js";
import { buildRenderSpec } from "../../dist/wire/render-spec.js";
import { fakeUpstream, project, tempDir } from "./support.mjs";

const VERSION = createRequire(import.meta.url)("hyperframes/package.json").version;
const ENCODERS = ["nvenc", "videotoolbox", "vaapi", "qsv", "amf"];
const FPS = { num: 30_000, den: 1001 };
const FFPROBE = process.env.HYPERFRAMES_FFPROBE_PATH || "/usr/bin/ffprobe";

// Upstream reads photographs; so does this lane.
process.env.HF_NATIVE_LANE = "reference";
after(() => {
  delete process.env.HF_NATIVE_LANE;
});

/** What upstream's engine exports for others to use. */
async function upstreamEngine() {
  const dist = join(
    dirname(createRequire(import.meta.url).resolve("hyperframes/package.json")),
    "dist",
  );
  const name = readdirSync(dist).find((file) =>
    /^export \{[^}]*\bbuildEncoderArgs\b[^}]*\bgetEncoderPreset\b/ms.test(
      file.startsWith("src-") ? readFileSync(join(dist, file), "utf8") : "",
    ),
  );
  return import(pathToFileURL(join(dist, name)).href);
}

/** An ffmpeg that has all GPU encoders, of which only `works` encodes. */
function ffmpegWith(works) {
  const path = join(tempDir(), "ffmpeg");
  const listed = ENCODERS.map((name) => `h264_${name}`).join(" ");
  const script = `#!/bin/sh
case "$*" in
*-encoders) echo "${listed}";;
*" h264_${works} "*) exit 0;;
*) echo "no device" >&2; exit 1;;
esac
`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

const projectDir = project();

/** The encoder's command line of a plan. */
async function planned(ffmpeg, { size: [width, height], ...config }) {
  const spec = buildRenderSpec({
    job: createRenderJob({ fps: FPS, format: "mp4", useGpu: true, ...config }),
    composition: {
      schemaVersion: 1,
      producer: { package: "hyperframes", version: VERSION },
      ...{ projectDir, compiledDir: projectDir, documentPath: join(projectDir, "index.html") },
      ...{ preHead: "", entryFile: "index.html", width, height, staticDuration: 1 },
      media: { videos: [], audios: [], images: [] },
      hints: { recommendScreenshot: false, reasons: [], shaderTransitions: false },
    },
    deviceScaleFactor: 1,
    outputPath: join(projectDir, "o.mp4"),
    namespace: fakeUpstream().namespace,
    rendererVersion: VERSION,
    env: { HYPERFRAMES_FFMPEG_PATH: ffmpeg, HYPERFRAMES_FFPROBE_PATH: FFPROBE },
  });
  const { encoder, capture } = await explainPlan(loadBinding(), spec);
  return { encoder, lane: capture.lane };
}

const { buildEncoderArgs, getEncoderPreset } = await upstreamEngine();

for (const gpu of [...ENCODERS, null]) {
  test(`the arguments of ${gpu ?? "software, where none works,"} are upstream's`, async () => {
    const ffmpeg = ffmpegWith(gpu ?? "none");
    for (const quality of ["draft", "standard", "high"]) {
      for (const rate of [{}, { crf: 20 }, { videoBitrate: "8M" }]) {
        for (const size of [
          [1280, 720],
          [161, 91],
        ]) {
          const preset = getEncoderPreset(quality, "mp4");
          const [width, height] = size;
          const theirs = buildEncoderArgs(
            {
              ...{ fps: FPS, width, height, useGpu: true, codec: preset.codec },
              ...{ preset: preset.preset, pixelFormat: preset.pixelFormat },
              ...{ quality: rate.crf ?? preset.quality, bitrate: rate.videoBitrate },
            },
            ["-f", "image2pipe", "-vcodec", "mjpeg", "-framerate", "30000/1001", "-i", "-"],
            "video-only.mp4",
            gpu,
          );
          const ours = await planned(ffmpeg, { quality, size, ...rate });
          assert.equal(ours.lane, "reference");
          const label = JSON.stringify({ quality, rate, size });
          assert.deepEqual(ours.encoder, theirs, label);
        }
      }
    }
  });
}
