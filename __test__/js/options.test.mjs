import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkOptions, toRenderConfig } from "../../dist/api/options.js";
import { createRenderJob } from "../../dist/api/producer.js";
import { renderJobOn } from "../../dist/api/render-job.js";
import { createEngine } from "../../dist/job/engine.js";
import { fakeBinding, fakeUpstream, project, tempDir } from "./support.mjs";

const dir = project();
const good = { projectDir: dir, outputPath: join(tempDir(), "o.mp4") };
const circular = {};
circular.self = circular;
const file = join(tempDir(), "file");
writeFileSync(file, "");

for (const [field, value, text] of [
  ["projectDir", undefined, /^projectDir must be given/],
  ["projectDir", 5, /^projectDir must be a non-empty string, got 5/],
  ["projectDir", join(dir, "none"), /projectDir .*none is not a folder/],
  ["projectDir", file, /is not a folder/],
  ["outputPath", undefined, /^outputPath must be given/],
  ["outputPath", " ", /^outputPath must be a non-empty string/],
  ["fps", 0, /^fps must be a frame rate/],
  ["fps", 29.97, /^fps must be a frame rate/],
  ["fps", 241, /^fps must be a frame rate from 1 to 240/],
  ["fps", "fast", /^fps must be/],
  ["fps", { num: 30, den: 0 }, /^fps must be/],
  ["quality", "best", /^quality must be one of draft, standard, high, got "best"/],
  ["format", "avi", /^format must be one of mp4/],
  ["workers", 0, /^workers must be a whole number from 1 to 24/],
  ["workers", "4", /^workers must be/],
  ["workers", 2.5, /^workers must be/],
  ["crf", -1, /^crf must be a whole number from 0/],
  ["crf", 52, /^crf must be a whole number from 0 to 51, got 52/],
  ["videoBitrate", "fast", /^videoBitrate must be a bitrate/],
  ["entryFile", "", /^entryFile must be/],
  ["variables", [], /^variables must be a plain object/],
  ["variables", circular, /^variables must be plain JSON/],
  ["strictness", true, /^strictness must be one of/],
  ["hdrMode", "hdr", /^hdrMode must be one of/],
  ["useGpu", "yes", /^useGpu must be true or false/],
  ["motionBlur", 8, /^motionBlur must be a plain object/],
  ["videoFrameFormat", "bmp", /^videoFrameFormat must be/],
  ["gifLoop", 70000, /^gifLoop must be/],
  ["hlsSegmentSeconds", 61, /^hlsSegmentSeconds must be/],
  ["debug", 1, /^debug must be/],
  ["engineConfig", "x", /^engineConfig must be/],
  ["logger", "x", /^logger must be/],
  ["signal", {}, /^signal must be an AbortSignal/],
  ["onProgress", {}, /^onProgress must be a function/],
  ["producer", {}, /^producer must be/],
  ["framerate", 30, /^Unknown option "framerate"\. Known options: projectDir, /],
  ["constructor", 1, /^Unknown option "constructor"/],
]) {
  test(`rejects ${field} = ${typeof value === "object" ? "object" : value}`, () => {
    assert.throws(
      () => checkOptions({ ...good, [field]: value }),
      (error) => error.code === "HF_NATIVE_INVALID_OPTION" && text.test(error.message),
    );
  });
}

test("rejects what is no object, and both rate controls at once", () => {
  for (const options of [undefined, null, "x", []]) {
    assert.throws(() => checkOptions(options), { code: "HF_NATIVE_INVALID_OPTION" });
  }
  assert.throws(() => checkOptions({ ...good, crf: 20, videoBitrate: "8M" }), /exclude each other/);
  checkOptions({ ...good, format: "webm", crf: 63 });
  assert.throws(() => checkOptions({ ...good, format: "webm", crf: 64 }), /crf .* from 0 to 63/);
});

test("accepts every field, and undefined for any optional one", () => {
  checkOptions({
    ...good,
    fps: "30000/1001",
    quality: "draft",
    format: "mp4",
    workers: 2,
    crf: 18,
    entryFile: "a.html",
    variables: { title: "x" },
    strictness: "strict",
    outputResolution: "landscape",
    outputResolutionAspectAgnostic: true,
    hdrMode: "auto",
    useGpu: false,
    motionBlur: { samplesPerFrame: 8 },
    videoFrameFormat: "png",
    debug: false,
    engineConfig: {},
    signal: new AbortController().signal,
    onProgress() {},
    producer: fakeUpstream(),
    videoBitrate: undefined,
  });
});

test("options become a job's configuration", () => {
  const config = toRenderConfig(
    { ...good, fps: "30000/1001", workers: 2, crf: undefined, engineConfig: { a: 1 } },
    (overrides) => ({ a: 0, b: 2, ...overrides }),
  );
  assert.deepEqual(config, {
    fps: { num: 30000, den: 1001 },
    quality: "standard",
    format: "mp4",
    workers: 2,
    producerConfig: { a: 1, b: 2, browserGpuMode: "auto", forceScreenshot: false },
  });
});

test("the engine configuration starts where the CLI's does", () => {
  const engine = (options) => toRenderConfig({ ...good, ...options }, (o) => o).producerConfig;
  assert.deepEqual(engine({ outputResolution: "landscape" }), { browserGpuMode: "auto" });
  const defaults = (overrides) => ({ browserGpuMode: "software", ...overrides });
  const options = { ...good, engineConfig: { browserGpuMode: "hardware" } };
  assert.equal(toRenderConfig(options, defaults).producerConfig.browserGpuMode, "hardware");
  process.env.PRODUCER_BROWSER_GPU_MODE = "software";
  try {
    assert.deepEqual(engine({}), {});
  } finally {
    delete process.env.PRODUCER_BROWSER_GPU_MODE;
  }
  assert.equal("producerConfig" in toRenderConfig(good, undefined), false);
});

test("engine settings are checked against upstream's own", () => {
  const known = { protocolTimeout: 300_000, concurrency: "auto", hdr: false, later: 3, flag: true };
  const defaults = (o) => ({ ...known, ...o });
  const made = (engineConfig) => toRenderConfig({ ...good, engineConfig }, defaults);
  const refused = (engineConfig, message) =>
    assert.throws(() => made(engineConfig), { code: "HF_NATIVE_INVALID_OPTION", message });
  refused(
    { protocolTimeOut: 1 },
    /"engineConfig\.protocolTimeOut"\. Did you mean protocolTimeout\?/,
  );
  refused(
    { speed: 1 },
    /"engineConfig\.speed"\. Known settings: chromePath, concurrency, .*, hdr,/,
  );
  refused({ constructor: 1 }, /Unknown setting "engineConfig\.constructor"/);
  for (const [key, value, text] of [
    ["protocolTimeout", "soon", 'a number of milliseconds from 1, got "soon"'],
    ["protocolTimeout", Number.NaN, "a number of milliseconds from 1, got NaN"],
    ["chromePath", 3, "a non-empty string, got 3"],
    ["concurrency", 0, 'a whole number from 1, or "auto", got 0'],
    ["hdr", true, 'false, or { transfer: "hlg" } or "pq" for it, got true'],
    ["later", "x", "a number, got"],
    ["flag", 1, "true or false, got 1"],
  ]) {
    assert.throws(
      () => made({ [key]: value }),
      (error) => error.message.startsWith(`engineConfig.${key} must be ${text}`),
    );
  }
  const config = { protocolTimeout: 5, concurrency: 3, hdr: { transfer: "pq" }, chromePath: "/c" };
  assert.deepEqual(made({ ...config, flag: undefined }).producerConfig, {
    ...known,
    ...config,
    browserGpuMode: "auto",
    forceScreenshot: false,
  });
});

test("createRenderJob makes a queued job and refuses a bad frame rate", () => {
  const job = createRenderJob({ fps: 25, quality: "high" });
  assert.match(job.id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(job.config.fps, { num: 25, den: 1 });
  assert.equal(job.config.strictness, "best-effort");
  assert.deepEqual(
    [job.status, job.progress, job.currentStage, job.warnings],
    ["queued", 0, "Queued", []],
  );
  assert.throws(() => createRenderJob({ fps: 0 }), { code: "HF_NATIVE_INVALID_OPTION" });
});

test("renderJob gives the result of the engine that ran", async () => {
  const { binding } = fakeBinding();
  const engine = createEngine({ binding: () => binding, stderr() {} });
  const native = await renderJobOn(engine, { ...good, producer: fakeUpstream() });
  assert.equal(native.engine, "native");
  assert.equal(native.outcome, "completed");
  assert.equal(native.totalFrames, 30);
  assert.equal(native.outputBytes, 6);
  assert.deepEqual(native.plan, { lane: "screenshot" });
  const cli = await renderJobOn(engine, {
    ...good,
    producer: fakeUpstream({ said: { audioCount: 1 } }),
  });
  assert.equal(cli.engine, "cli");
  assert.deepEqual(
    cli.reasons.map((r) => r.code),
    ["audio"],
  );
});
