import assert from "node:assert/strict";
import { test } from "node:test";
import { announce } from "../../dist/job/announce.js";
import { nativeMode } from "../../dist/route/mode.js";
import { compositionReasons, configReasons, routeLine } from "../../dist/route/route.js";
import { recordingLogger } from "./support.mjs";

const base = { fps: { num: 30, den: 1 }, quality: "standard" };

for (const [name, config, codes] of [
  ["defaults", {}, []],
  ["mp4", { format: "mp4", hdrMode: "auto", workers: 4, debug: true, crf: 16 }, []],
  ...["webm", "mov", "gif", "png-sequence", "hls"].map((format) => [format, { format }, []]),
  ["a later format", { format: "dash" }, ["format"]],
  ["forced HDR", { hdrMode: "force-hdr" }, []],
  ["forced SDR", { hdrMode: "force-sdr" }, []],
  ["HDR in the engine configuration", { producerConfig: { hdr: { transfer: "pq" } } }, []],
  ["GPU encoder", { useGpu: true }, []],
  ["GPU encoder off", { useGpu: false }, []],
  ["resume", { resumeSegments: true }, []],
  ["keep", { keepSegments: true }, []],
  ["segments off", { resumeSegments: false, keepSegments: false }, []],
  ["motion blur", { motionBlur: { samplesPerFrame: 8 } }, []],
  ["a later format that is resumed", { format: "dash", resumeSegments: true }, ["format"]],
]) {
  test(`configuration: ${name}`, () => {
    assert.deepEqual(
      configReasons({ ...base, ...config }).map((r) => r.code),
      codes,
    );
  });
}

const clip = { id: "c", src: "a.mp4", start: 0, end: 2, playbackRate: 1 };
const composition = (over = {}) => ({
  media: { videos: [], audios: [], images: [], ...over.media },
  hints: { recommendScreenshot: false, reasons: [], shaderTransitions: false, ...over.hints },
});

const withEffects = composition({ media: { audios: [{ src: "a.wav", groupFxChain: "{}" }] } });

for (const [name, facts, config, codes] of [
  ["nothing special", {}, {}, []],
  ["images", { composition: composition({ media: { images: [{ src: "a.png" }] } }) }, {}, []],
  ["a video", { composition: composition({ media: { videos: [clip] } }) }, {}, []],
  [
    "a video that is only counted",
    { composition: composition({ media: { videos: [clip, {}] } }) },
    {},
    ["video"],
  ],
  [
    "a speed ramp",
    {
      composition: composition({
        media: { videos: [{ ...clip, playbackRate: { target: "rate", points: [] } }] },
      }),
    },
    {},
    [],
  ],
  ["an audio", { composition: composition({ media: { audios: [{ src: "a.wav" }] } }) }, {}, []],
  [
    "an audio that is only counted",
    { composition: composition({ media: { audios: [{}, {}] } }), listsMedia: false },
    {},
    ["audio"],
  ],
  ["audio effects", { composition: withEffects, audioEffects: "effects.js" }, {}, []],
  ["audio effects without their script", { composition: withEffects }, {}, ["audio_effects"]],
  [
    "effects on the whole sound without their script",
    {
      composition: composition({ media: { audios: [{ src: "a.wav" }], masterFxChain: "{}" } }),
    },
    {},
    ["audio_effects"],
  ],
  ["WebGPU demanded", { requiresWebgpu: true }, {}, ["webgpu"]],
  [
    "media made by scripts",
    { composition: composition({ hints: { scriptedMedia: true } }) },
    {},
    [],
  ],
  [
    "media made by scripts, and no reader of markup",
    { composition: composition({ hints: { scriptedMedia: true } }), listsMedia: false },
    {},
    ["scripted_media"],
  ],
  [
    "a sound on another host",
    { composition: composition({ media: { audios: [{ src: "https://a.test/b.mp3" }] } }) },
    {},
    [],
  ],
  ["shaders", { composition: composition({ hints: { shaderTransitions: true } }) }, {}, []],
  [
    "screenshot hint",
    { composition: composition({ hints: { recommendScreenshot: true } }) },
    {},
    [],
  ],
  ["scaling, factor known", { deviceScaleFactor: 2 }, { outputResolution: "landscape-4k" }, []],
  ["scaling, factor unknown", {}, { outputResolution: "landscape-4k" }, ["scale"]],
]) {
  test(`composition: ${name}`, () => {
    const all = {
      composition: composition(),
      requiresWebgpu: false,
      listsMedia: true,
      ...facts,
    };
    assert.deepEqual(
      compositionReasons(all, { ...base, ...config }).map((r) => r.code),
      codes,
    );
  });
}

test("the line names the reason", () => {
  const line = routeLine(configReasons({ ...base, format: "dash", resumeSegments: true }));
  assert.match(line, /Using the HyperFrames engine/);
  assert.match(line, /the format dash of a later HyperFrames/);
  assert.match(line, /\(format\)/);
});

for (const [name, enabled, expected] of [
  ["info is shown", ["error", "warn", "info"], ["info line"]],
  ["only warnings are shown", ["error", "warn"], ["warn line"]],
  ["nothing is shown", [], []],
]) {
  test(`announce: ${name}`, () => {
    const logger = recordingLogger(enabled);
    const written = [];
    announce("line", logger, (text) => written.push(text));
    assert.deepEqual(logger.lines, expected);
    assert.deepEqual(written, expected.length === 0 ? ["line\n"] : []);
  });
}

test("announce: without a logger, and with one that cannot tell its level", () => {
  const written = [];
  announce("line", undefined, (text) => written.push(text));
  assert.deepEqual(written, ["line\n"]);
  const logger = { ...recordingLogger(), isLevelEnabled: undefined };
  announce("line", logger, (text) => written.push(text));
  assert.deepEqual(logger.lines, ["warn line"]);
  assert.equal(written.length, 1);
});

test("HYPERFRAMES_NATIVE", () => {
  assert.equal(nativeMode({}), "auto");
  assert.equal(nativeMode({ HYPERFRAMES_NATIVE: "only" }), "only");
  assert.equal(nativeMode({ HYPERFRAMES_NATIVE: " OFF " }), "off");
  assert.equal(nativeMode({ HYPERFRAMES_NATIVE: "1" }), "auto");
});
