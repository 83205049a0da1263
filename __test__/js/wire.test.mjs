/** What the native core is told: the fields that it reads, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRenderJob } from "../../dist/api/producer.js";
import { engineSpec } from "../../dist/wire/engine-spec.js";
import { buildRenderSpec } from "../../dist/wire/render-spec.js";
import { fakeUpstream } from "./support.mjs";

/** The fields of `Engine` in Rust that JavaScript sends. */
const ENGINE_FIELDS = [
  "audioGain",
  "browserGpuMode",
  "browserPath",
  "browserTimeoutMs",
  "concurrency",
  "coresPerWorker",
  "disableGpu",
  "expectedChromiumMajor",
  "ffmpegEncodeTimeoutMs",
  "ffmpegPath",
  "ffmpegProcessTimeoutMs",
  "ffmpegStreamingTimeoutMs",
  "ffprobePath",
  "forceScreenshot",
  "frameCacheEntries",
  "frameCacheMib",
  "hdrImageBytes",
  "largeRenderThreshold",
  "lowMemoryMode",
  "minParallelFrames",
  "pageNavigationTimeoutMs",
  "playerReadyTimeoutMs",
  "protocolTimeoutMs",
  "transitionRingDepth",
  "vp9CpuUsed",
];

/** Every setting of upstream's engine configuration that has something to do with the core. */
const EVERY_SETTING = {
  audioGain: 2,
  browserGpuMode: "auto",
  browserTimeout: 1,
  chromePath: "/chrome",
  concurrency: 3,
  coresPerWorker: 3,
  debug: true,
  disableGpu: true,
  expectedChromiumMajor: 140,
  ffmpegProcessTimeout: 2,
  ffmpegStreamingTimeout: 3,
  forceScreenshot: true,
  frameDataUriCacheBytesLimitMb: 4000,
  frameDataUriCacheLimit: 500,
  largeRenderThreshold: 1,
  lowMemoryMode: true,
  minParallelFrames: 1,
  pageNavigationTimeout: 4,
  playerReadyTimeout: 5,
  protocolTimeout: 6,
  staticFrameDedup: false,
  vp9CpuUsed: -2,
};

const EVERY_VARIABLE = {
  HDR_TRANSFER_CACHE_MAX_BYTES: "0",
  HF_TRANSITION_RING_DEPTH: "2",
  HYPERFRAMES_FFMPEG_PATH: "/ffmpeg",
  HYPERFRAMES_FFPROBE_PATH: "/ffprobe",
};

/** The spec of a job with `config`, of a composition with `hints`. */
function specOf(config = {}, { hints = {}, env = {}, ...input } = {}) {
  return buildRenderSpec({
    job: createRenderJob({ fps: 30, quality: "high", ...config }),
    composition: { hints: { shaderTransitions: false, ...hints } },
    deviceScaleFactor: 1,
    outputPath: "/out/o.mp4",
    namespace: fakeUpstream().namespace,
    rendererVersion: "1.2.3",
    env,
    ...input,
  });
}

test("a render with everything has the core's fields and no other", () => {
  const config = {
    workers: 2,
    variables: { a: 1 },
    hdrMode: "force-sdr",
    strictness: "strict",
    debug: true,
    producerConfig: EVERY_SETTING,
  };
  const hints = { shaderTransitions: true };
  const spec = specOf(config, { hints, env: EVERY_VARIABLE, audioEffects: "/fx.js" });
  const { engine, composition, encode, ...rest } = spec;
  assert.deepEqual(rest, {
    jobId: spec.jobId,
    output: { path: "/out/o.mp4", format: "mp4" },
    fps: { num: 30, den: 1 },
    deviceScaleFactor: 1,
    workers: 2,
    variables: { a: 1 },
    audioEffects: "/fx.js",
    transitions: "preview",
    hdrMode: "force-sdr",
  });
  assert.deepEqual(encode, { quality: "high", rendererVersion: "1.2.3" });
  assert.deepEqual(Object.keys(engine).sort(), ENGINE_FIELDS);
  assert.deepEqual(
    [engine.transitionRingDepth, engine.hdrImageBytes, engine.frameCacheMib, engine.vp9CpuUsed],
    [2, 0, 4000, -2],
  );
});

test("a plain render leaves out what has no value", () => {
  const spec = specOf();
  const fields = [
    ...["composition", "deviceScaleFactor", "encode", "engine", "fps", "jobId", "output", "resume"],
  ];
  assert.deepEqual(Object.keys(spec).sort(), fields);
  assert.deepEqual(spec.resume, { minSeconds: 30 });
  const optional = [
    ...["browserPath", "concurrency", "expectedChromiumMajor", "ffmpegPath", "ffprobePath"],
    ...["hdrImageBytes", "transitionRingDepth", "ffmpegStreamingTimeoutMs"],
    ...["coresPerWorker", "largeRenderThreshold", "minParallelFrames"],
  ];
  assert.deepEqual(
    Object.keys(spec.engine).sort(),
    ENGINE_FIELDS.filter((name) => !optional.includes(name)),
  );
});

for (const [name, settings, style] of [
  ["by default", {}, "preview"],
  ["page-side compositing off", { enablePageSideCompositing: false }, "engine"],
  [
    "turned off by upstream itself",
    { enablePageSideCompositing: false, pageSideCompositingAutoDisabled: true },
    "preview",
  ],
]) {
  test(`the look of transitions: ${name}`, () => {
    const config = { producerConfig: settings };
    assert.equal(specOf(config, { hints: { shaderTransitions: true } }).transitions, style);
  });
}

test("a variable that holds no usable number is named", () => {
  for (const [variable, value, message] of [
    ["HF_TRANSITION_RING_DEPTH", "0", "must be a whole number from 1, got"],
    ["HF_TRANSITION_RING_DEPTH", "two", "must be a whole number from 1, got"],
    ["HDR_TRANSFER_CACHE_MAX_BYTES", "-1", "must be a whole number from 0, got"],
  ]) {
    assert.throws(
      () => engineSpec({}, { [variable]: value }),
      (error) =>
        error.code === "HF_NATIVE_INVALID_OPTION" &&
        error.message === `${variable} ${message} ${JSON.stringify(value)}.`,
    );
  }
  assert.equal("transitionRingDepth" in engineSpec({}, { HF_TRANSITION_RING_DEPTH: " " }), false);
});

test("the engine configuration is reduced, paths come in order of precedence", () => {
  const env = {
    PRODUCER_HEADLESS_SHELL_PATH: "/shell",
    HYPERFRAMES_BROWSER_PATH: "/browser",
    HYPERFRAMES_FFPROBE_PATH: "/ffprobe",
  };
  const spec = engineSpec({ chromePath: "/chrome", concurrency: 3, browserGpuMode: "auto" }, env);
  assert.equal(spec.browserPath, "/chrome");
  assert.equal(spec.concurrency, 3);
  assert.equal(spec.browserGpuMode, "auto");
  assert.equal(spec.ffprobePath, "/ffprobe");
  assert.equal("ffmpegPath" in spec, false);
  // The native core reads the variables itself, and names them when they are wrong.
  assert.equal(engineSpec({}, env).browserPath, undefined);
  assert.equal(engineSpec({ chromePath: "/shell" }, env).browserPath, undefined);
  assert.equal(engineSpec({}, { HYPERFRAMES_BROWSER_PATH: "/b" }).browserPath, undefined);
  const plain = engineSpec({ concurrency: "auto", browserGpuMode: "odd" }, {});
  assert.equal("concurrency" in plain, false);
  assert.equal(plain.browserGpuMode, "software");
  assert.equal(plain.protocolTimeoutMs, 300_000);
});

test("the encoder's silence is bounded by the setting, if there is one", () => {
  const sent = (settings, env = {}) => engineSpec(settings, env).ffmpegStreamingTimeoutMs;
  assert.equal(sent({ ffmpegStreamingTimeout: 8000 }), 8000);
  // At upstream's default, it is for the core to say how long HDR may take.
  assert.equal(sent({ ffmpegStreamingTimeout: 600_000 }), undefined);
  assert.equal(sent({}), undefined);
  const env = { FFMPEG_STREAMING_TIMEOUT_MS: "600000" };
  assert.equal(sent({ ffmpegStreamingTimeout: 600_000 }, env), 600_000);
});
