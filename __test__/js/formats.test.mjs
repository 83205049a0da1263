/** What differs between output formats: settings, output path, warnings, kept files. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { prepareOutput } from "../../dist/job/output-path.js";
import { render } from "./fake-render.mjs";
import { fakeUpstream, project, tempDir } from "./support.mjs";

afterEach(() => {
  delete process.env.HYPERFRAMES_NATIVE;
});

/** What the core is told about the encoder. */
async function encodeOf(format, config) {
  let told;
  const { error } = await render(join(tempDir(), "o"), {
    config: { format, ...config },
    script: async ({ spec }) => {
      assert.equal(spec.output.format, format);
      const { quality, rendererVersion, ...rest } = spec.encode;
      told = rest;
    },
  });
  return error ? error.message : told;
}

for (const [format, config, expected] of [
  ["mp4", { crf: 16, gifLoop: 3 }, { crf: 16 }],
  ["mp4", { crf: 60 }, { crf: 51 }],
  ["mp4", { videoBitrate: "8M" }, { videoBitrate: "8M" }],
  ["mp4", { crf: null, videoBitrate: "8M" }, { videoBitrate: "8M" }],
  ["webm", { crf: 60, videoBitrate: "8M" }, { crf: 60 }],
  ["webm", { crf: 64 }, "crf must be a number from 0 to 63, got 64."],
  ["mp4", { crf: -1 }, "crf must be a number from 0 to 51, got -1."],
  ["mp4", { crf: "16" }, 'crf must be a number from 0 to 51, got "16".'],
  ["mov", { crf: 16 }, {}],
  ["mov", { videoBitrate: "8M" }, {}],
  ["gif", { crf: 16 }, { gifLoop: 0 }],
  ["gif", { gifLoop: 2 }, { gifLoop: 2 }],
  ["gif", { gifLoop: 65_536 }, "gifLoop must be a whole number from 0 to 65535, got 65536."],
  ["png-sequence", { crf: 16, gifLoop: 2 }, {}],
  ["hls", {}, {}],
  ["hls", { hlsSegmentSeconds: 2, crf: 60, gifLoop: 2 }, { hlsSegmentSeconds: 2, crf: 51 }],
  ["hls", { hlsSegmentSeconds: 1.5 }, "hlsSegmentSeconds must be a whole number from 1, got 1.5."],
  [
    "hls",
    { hdrMode: "force-hdr" },
    'hdrMode must be auto or force-sdr with the format hls, got "force-hdr".',
  ],
  ["hls", { useGpu: true }, "useGpu must be false with the format hls, got true."],
  ["mp4", { hlsSegmentSeconds: 2 }, {}],
  ["mp4", { useGpu: true }, { useGpu: true }],
  ["mp4", { useGpu: false }, {}],
]) {
  test(`${format} with ${JSON.stringify(config)}`, async () => {
    assert.deepEqual(await encodeOf(format, config), expected);
  });
}

for (const [given, expected] of [
  [undefined, undefined],
  [{}, { shutterAngle: 180, shutterPhase: -90, blend: "srgb" }],
  [
    { samplesPerFrame: 64, shutterAngle: 360, shutterPhase: 0, blend: "linear" },
    { samplesPerFrame: 64, shutterAngle: 360, shutterPhase: 0, blend: "linear" },
  ],
  [8, "motionBlur must be a plain object, got 8."],
  [
    { samplesPerFrame: 65 },
    "motionBlur.samplesPerFrame must be a whole number from 1 to 64, got 65.",
  ],
  [{ shutterAngle: "180" }, 'motionBlur.shutterAngle must be a number of degrees, got "180".'],
  [{ shutterPhase: Number.NaN }, "motionBlur.shutterPhase must be a number of degrees, got NaN."],
  [{ blend: "oklab" }, 'motionBlur.blend must be one of srgb, linear, got "oklab".'],
  [
    { samples: 8 },
    "motionBlur must be of samplesPerFrame, shutterAngle, shutterPhase, blend, " +
      'got {"samples":8}.',
  ],
]) {
  test(`motion blur ${JSON.stringify(given)}`, async () => {
    let told;
    const { error } = await render(join(tempDir(), "o"), {
      config: { motionBlur: given },
      script: async ({ spec }) => {
        told = spec.motionBlur;
      },
    });
    assert.deepEqual(error ? error.message : told, expected);
  });
}

test("all formats render with HYPERFRAMES_NATIVE=only, one of a later HyperFrames does not", async () => {
  process.env.HYPERFRAMES_NATIVE = "only";
  for (const format of ["mp4", "webm", "mov", "gif", "png-sequence", "hls"]) {
    const output = join(tempDir(), "new", "o");
    const { result, job } = await render(output, { config: { format } });
    assert.equal(result?.engine, "native", format);
    assert.deepEqual([job.outputPath, job.totalFrames, job.outcome], [output, 30, "completed"]);
  }
  const { error } = await render(join(tempDir(), "o"), { config: { format: "dash" } });
  assert.equal(error.code, "HF_NATIVE_UNSUPPORTED");
});

test("a folder of pictures: folders are replaced, files and the project are not", () => {
  const dir = tempDir();
  const folder = join(dir, "frames");
  const file = join(dir, "file");
  const projectDir = join(dir, "project");
  for (const path of [folder, projectDir]) mkdirSync(path);
  writeFileSync(file, "");
  const prepare = (outputPath) => prepareOutput({ outputPath, format: "png-sequence", projectDir });
  const refused = (path, message) =>
    assert.throws(() => prepare(path), { code: "HF_NATIVE_OUTPUT", message });
  prepare(folder);
  prepare(join(dir, "a", "b"));
  assert.ok(existsSync(join(dir, "a")) && !existsSync(join(dir, "a", "b")));
  prepare(join(projectDir, "renders", "frames"));
  prepare(join(dir, "pro"));
  refused(file, /file is a file; png-sequence needs a folder/);
  for (const path of [projectDir, dir, `${projectDir}/`]) refused(path, /holds the project/);
});

test("what the format cannot have is warned of, once", async () => {
  const projectDir = project();
  const linesOf = async (config) => {
    const run = await render(join(tempDir(), "o"), { projectDir, config });
    assert.equal(run.result?.engine, "native", run.error?.message);
    return run.logger.lines.filter((line) => line.startsWith("warn [Render]"));
  };
  const both = { crf: 20, videoBitrate: "8M" };
  assert.deepEqual(await linesOf({ format: "mp4", ...both }), [
    "warn [Render] crf 20 and videoBitrate 8M are both set: crf is used.",
  ]);
  assert.deepEqual(await linesOf({ format: "mov", ...both }), []);
});

test("debug keeps the compiled files and the figures, and a copy of what is a file", async () => {
  for (const [format, kept] of [
    ["gif", true],
    ["png-sequence", false],
  ]) {
    const root = tempDir();
    const upstream = fakeUpstream({ namespace: { resolveRenderDebugDir: () => root } });
    const config = { format, debug: true };
    const { job } = await render(join(tempDir(), "o"), { config, upstream });
    const at = (name) => join(root, job.id, name);
    assert.match(readFileSync(at("compiled/index.html"), "utf8"), /^<html>/);
    assert.match(readFileSync(at("document.html"), "utf8"), /renderSeek/);
    assert.equal(JSON.parse(readFileSync(at("perf-summary.json"), "utf8")).renderId, job.id);
    assert.equal(existsSync(at(`output.${format}`)), kept, format);
  }
});
