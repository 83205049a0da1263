/** Options that are set and have no effect are named once; wrong values are refused by name. */
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { renderJobOn } from "../../dist/api/render-job.js";
import { createEngine } from "../../dist/job/engine.js";
import { optionNotices } from "../../dist/options/notices.js";
import { OPTIONS } from "../../dist/options/table.js";
import { checkVariables } from "../../dist/options/wrong-options.js";
import { engineSpec } from "../../dist/wire/engine-spec.js";
import { render } from "./fake-render.mjs";
import { fakeBinding, fakeUpstream, project, recordingLogger, tempDir } from "./support.mjs";

const DEFAULTS = { staticFrameDedup: true, useDrawElement: true, hdr: false, vp9CpuUsed: 4 };
const SET = [
  "KEEP_TEMP",
  "HF_STATIC_DEDUP",
  "HF_SEGMENT_BROWSER_RECYCLE",
  "PRODUCER_CORES_PER_WORKER",
];

afterEach(() => {
  for (const name of SET) delete process.env[name];
});

const notices = (given = {}) =>
  optionNotices({ config: {}, settings: DEFAULTS, defaults: DEFAULTS, env: {}, ...given });

test("nothing is said of a plain render", () => {
  assert.deepEqual(notices(), []);
  const config = { format: "gif", gifLoop: 2, videoFrameFormat: "auto", workers: 2, crf: 16 };
  const env = { HOME: "/h", HYPERFRAMES_FFMPEG_PATH: "/f", HF_SHADER_WORKER_ENTRY: "/w" };
  assert.deepEqual(notices({ config, env: { ...env, HF_STATIC_DEDUP: " " } }), []);
  // A CLI sets this by itself, each time another way.
  const ofCli = { HF_DE_PARALLEL_ROUTER: "true" };
  assert.deepEqual(notices({ env: ofCli, startEnv: {} }), []);
  const [line, ...rest] = notices({ env: ofCli, startEnv: ofCli });
  assert.match(line, /HF_DE_PARALLEL_ROUTER=true has no effect here/);
  assert.deepEqual(rest, []);
  // Upstream turns this off where there is no GPU for it.
  assert.deepEqual(notices({ settings: { ...DEFAULTS, useDrawElement: false } }), []);
});

for (const [name, given, start] of [
  ["a setting", { settings: { ...DEFAULTS, staticFrameDedup: false } }, "staticFrameDedup=false"],
  ["a record", { settings: { ...DEFAULTS, hdr: { transfer: "pq" } } }, 'hdr={"transfer":"pq"}'],
  ["its variable", { env: { HF_STATIC_DEDUP: "1" } }, "staticFrameDedup (HF_STATIC_DEDUP=1)"],
  [
    "a variable that a flag sets",
    { env: { HYPERFRAMES_EXTRACT_CACHE_DIR: "/c" } },
    "extractCacheDir (HYPERFRAMES_EXTRACT_CACHE_DIR=/c or --frames-cache-dir)",
  ],
  [
    "another variable",
    { env: { HF_SEGMENT_BROWSER_RECYCLE: "9" } },
    "HF_SEGMENT_BROWSER_RECYCLE=9",
  ],
  [
    "a field",
    { config: { videoFrameFormat: "png" } },
    "videoFrameFormat=png (--video-frame-format)",
  ],
]) {
  test(`${name} without effect is named, with the reason`, () => {
    const lines = notices(given);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0].startsWith(`[Render] ${start} has no effect here: `), lines[0]);
  });
}

test("every variable without effect is named once", () => {
  const variables = OPTIONS.filter(
    ({ kind, treatment }) => kind === "variable" && treatment === "without effect",
  );
  for (const { name } of variables) {
    const env = { [name]: "7" };
    const lines = notices({ env, startEnv: env });
    assert.equal(lines.length, 1, name);
    assert.ok(lines[0].includes(`${name}=7`), lines[0]);
  }
});

test("fields of another format are named", () => {
  assert.deepEqual(notices({ config: { format: "webm", gifLoop: 0 } }), [
    "[Render] gifLoop=0 has no effect: the format is webm, not gif.",
  ]);
});

test("words that upstream does not know are told with what they are read as", () => {
  assert.deepEqual(notices({ env: { PRODUCER_FORCE_SCREENSHOT: "1" } }), [
    "[Render] PRODUCER_FORCE_SCREENSHOT=1 is read as false: it may be true, false.",
  ]);
  const env = { PRODUCER_LOW_MEMORY_MODE: "ON", PRODUCER_BROWSER_GPU_MODE: "auto" };
  assert.deepEqual(notices({ env }), []);
});

test("a render says it once for each option, through its logger", async () => {
  process.env.HF_STATIC_DEDUP = "false";
  process.env.HF_SEGMENT_BROWSER_RECYCLE = "9";
  const output = join(tempDir(), "o.mp4");
  const { error, logger } = await render(output, { config: { videoFrameFormat: "jpg" } });
  assert.equal(error, undefined);
  const lines = logger.lines.filter((line) => line.includes("has no effect"));
  assert.deepEqual(
    lines.map((line) => line.split(" ").slice(0, 3).join(" ")),
    [
      "warn [Render] staticFrameDedup",
      "warn [Render] videoFrameFormat=jpg",
      "warn [Render] HF_SEGMENT_BROWSER_RECYCLE=9",
    ],
  );
});

test("renderJob says it too", async () => {
  const logger = recordingLogger();
  const producer = fakeUpstream();
  const { resolveConfig } = producer.namespace;
  producer.namespace.resolveConfig = (overrides) => resolveConfig({ ...DEFAULTS, ...overrides });
  const { binding } = fakeBinding();
  const outputPath = join(tempDir(), "o.mp4");
  const engineConfig = { staticFrameDedup: false };
  const options = { projectDir: project(), outputPath, engineConfig, logger };
  await renderJobOn(createEngine({ binding: () => binding }), {
    ...options,
    producer: { ...producer, package: "hyperframes", version: "0.8.170" },
  });
  const lines = logger.lines.filter((line) => line.includes("has no effect"));
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^warn \[Render\] staticFrameDedup=false has no effect here: /);
});

for (const [name, value, expected] of [
  ["PRODUCER_CORES_PER_WORKER", "many", "a number above 0"],
  ["PRODUCER_CORES_PER_WORKER", "-1", "a number above 0"],
  ["PRODUCER_MIN_PARALLEL_FRAMES", "1.5", "a whole number from 0"],
  ["FFMPEG_ENCODE_TIMEOUT_MS", "0", "a number of milliseconds from 1"],
  ["HDR_TRANSFER_CACHE_MAX_BYTES", "-1", "a whole number from 0"],
]) {
  test(`${name}=${value} is refused`, () => {
    assert.throws(
      () => checkVariables({ [name]: value }),
      (error) =>
        error.code === "HF_NATIVE_INVALID_OPTION" &&
        error.message === `${name} must be ${expected}, got ${JSON.stringify(value)}.`,
    );
  });
}

test("a render with a variable that is no number fails before compiling", async () => {
  process.env.PRODUCER_CORES_PER_WORKER = "many";
  const { error, upstream } = await render(join(tempDir(), "o.mp4"));
  assert.equal(error.code, "HF_NATIVE_INVALID_OPTION");
  assert.match(error.message, /^PRODUCER_CORES_PER_WORKER must be a number above 0/);
  assert.equal(upstream.calls.length, 0);
});

for (const [config, start] of [
  [{ strictness: "very" }, 'strictness must be one of strict, best-effort, got "very"'],
  [{ outputResolution: 4 }, "outputResolution must be a non-empty string, got 4"],
  [{ videoFrameFormat: "webp" }, 'videoFrameFormat must be one of auto, jpg, png, got "webp"'],
  [{ debug: "yes" }, 'debug must be true or false, got "yes"'],
  [{ producerConfig: { audioGain: -1 } }, "producerConfig.audioGain must be a number from 0"],
  [
    { producerConfig: { concurrency: 2.5 } },
    'producerConfig.concurrency must be a whole number from 1, or "auto", got 2.5',
  ],
  [{ producerConfig: { coresPerWorker: 0 } }, "producerConfig.coresPerWorker must be a number"],
]) {
  test(`executeRenderJob refuses ${JSON.stringify(config)}`, async () => {
    const { error, upstream } = await render(join(tempDir(), "o.mp4"), { config });
    assert.equal(error.code, "HF_NATIVE_INVALID_OPTION");
    assert.ok(error.message.startsWith(start), error.message);
    assert.equal(upstream.calls.length, 0, "nothing was compiled");
  });
}

test("what is null, and settings that are not read, are left alone", async () => {
  const config = { variables: null, producerConfig: { jpegQuality: "best", chromePath: null } };
  const { error } = await render(join(tempDir(), "o.mp4"), { config });
  assert.equal(error, undefined);
});

test("the number of workers is told only where it was set", () => {
  const sizing = (settings) => {
    const { coresPerWorker, largeRenderThreshold, minParallelFrames } = engineSpec(settings, {});
    return [coresPerWorker, largeRenderThreshold, minParallelFrames];
  };
  const none = undefined;
  const defaults = { coresPerWorker: 2.5, largeRenderThreshold: 1000, minParallelFrames: 120 };
  assert.deepEqual(sizing({}), [none, none, none]);
  assert.deepEqual(sizing(defaults), [none, none, none]);
  assert.deepEqual(sizing({ ...defaults, coresPerWorker: 4 }), [4, 1000, none]);
  assert.deepEqual(sizing({ ...defaults, largeRenderThreshold: 200 }), [2.5, 200, none]);
  assert.deepEqual(sizing({ ...defaults, minParallelFrames: 60 }), [none, none, 60]);
  for (const [name, value] of [
    ["coresPerWorker", 0],
    ["largeRenderThreshold", 1.5],
    ["minParallelFrames", "120"],
  ]) {
    assert.throws(
      () => sizing({ [name]: value }),
      (error) =>
        error.code === "HF_NATIVE_INVALID_OPTION" && error.message.startsWith(`${name} must be `),
    );
  }
});

test("KEEP_TEMP=1 keeps the compiled files of a render that succeeded, and no others", async () => {
  process.env.KEEP_TEMP = "1";
  let at;
  const script = async ({ spec }) => {
    at = spec.composition.compiledDir;
  };
  const { error, logger } = await render(join(tempDir(), "o.mp4"), { script });
  assert.equal(error, undefined);
  assert.ok(logger.lines.some((line) => line.includes("KEEP_TEMP=1: compiled files kept")));
  const kept = at.replace("hyperframes-native", "hyperframes-kept");
  assert.ok(existsSync(join(kept, "index.html")));
  rmSync(kept.slice(0, kept.indexOf("/.debug")), { recursive: true });

  const failed = await render(join(tempDir(), "o.mp4"), {
    script: async ({ spec }) => {
      at = spec.composition.compiledDir;
      throw new Error("no");
    },
  });
  assert.ok(failed.error);
  assert.equal(existsSync(at), false);
  assert.equal(existsSync(at.replace("hyperframes-native", "hyperframes-kept")), false);
});
