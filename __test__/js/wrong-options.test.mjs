/** Whatever is wrong with an option, somebody says so by its name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { optionNotices } from "../../dist/options/notices.js";
import { OPTIONS } from "../../dist/options/table.js";
import { checkGiven } from "../../dist/options/wrong-options.js";
import { checkEngineConfig } from "../../dist/upstream/engine-config.js";
import { buildRenderSpec } from "../../dist/wire/render-spec.js";

/** No option may be any of these. */
const WRONG = [{ wrong: 1 }, [1, 2], () => 0];
/** Nor numbers and flags these words. */
const WORD = "certainly";
const namespace = { resolveConfig: (overrides) => ({ ...overrides }) };

/** Any text is a path, a name or a word for these, or only HyperFrames reads it. */
const ANY_TEXT = [
  ...["HYPERFRAMES_BROWSER_PATH", "HYPERFRAMES_FFMPEG_PATH", "HYPERFRAMES_FFPROBE_PATH"],
  ...["HYPERFRAMES_FONT_CACHE_DIR", "KEEP_TEMP", "PRODUCER_RENDERS_DIR"],
  ...["PRODUCER_DEBUG_SEEK_DIAGNOSTICS", "PRODUCER_HEADLESS_SHELL_PATH"],
  ...["PRODUCER_HYPERFRAME_MANIFEST_PATH", "PRODUCER_RENDER_SEEK_STEP"],
  ...["PRODUCER_RUNTIME_RENDER_SEEK_MODE", "PRODUCER_RUNTIME_RENDER_SEEK_OFFSET_FRACTION"],
];
/** Objects that the caller brings, or what upstream alone looks at. */
const OWN_FIELDS = ["logger", "producerConfig", "renderBodyScripts"];

const of = (kind) => OPTIONS.filter((one) => one.kind === kind);
const refusal = (call) => {
  try {
    call();
    return undefined;
  } catch (error) {
    assert.ok(/^HF_NATIVE_INVALID_/.test(error.code), `${error.code}: ${error.message}`);
    return error.message;
  }
};
const notices = (given) =>
  optionNotices({ config: {}, settings: {}, defaults: {}, env: {}, ...given }).join("\n");

for (const { name, treatment } of of("setting")) {
  if (treatment === "not of a render" || treatment === "handed on") continue;
  test(`the setting ${name}, wrong`, () => {
    for (const value of WRONG) {
      const settings = { [name]: value };
      const told = refusal(() => checkGiven({}, settings, {})) ?? notices({ settings });
      // What is no JSON is nothing to be told from the default.
      if (treatment === "without effect" && typeof value === "function") continue;
      assert.ok(told.includes(name), `${name} = ${value}: ${told}`);
    }
  });
}

for (const { name } of of("field")) {
  if (OWN_FIELDS.includes(name)) continue;
  test(`the field ${name}, wrong`, () => {
    for (const value of WRONG) {
      if (name === "variables" && !Array.isArray(value) && typeof value === "object") continue;
      const base = { fps: { num: 30, den: 1 }, quality: "draft", format: "mp4" };
      const config = { ...base, [name]: value };
      const told = refusal(() => {
        checkGiven(config, {}, {});
        buildRenderSpec({
          job: { id: "j", config, warnings: [] },
          composition: { media: { videos: [], audios: [], images: [] }, hints: {} },
          deviceScaleFactor: 1,
          outputPath: "/o.mp4",
          namespace,
          rendererVersion: "1",
          env: {},
        });
      });
      assert.ok(told?.includes(name), `${name} = ${JSON.stringify(value)}: ${told}`);
    }
  });
}

test("variables hold what they may, or are named", () => {
  const counts = { refused: 0, named: 0 };
  for (const { name, treatment, sets } of of("variable")) {
    if (treatment === "not of a render" || treatment === "handed on" || ANY_TEXT.includes(name)) {
      continue;
    }
    const env = { [name]: WORD };
    const refused = refusal(() => checkGiven({}, {}, env));
    const told = refused ?? notices({ env, startEnv: env });
    assert.ok(told.includes(name), `${name} (${sets}): ${told}`);
    counts[refused ? "refused" : "named"] += 1;
  }
  assert.deepEqual(counts, { refused: 22, named: 59 });
});

test("a flag of the command sets a field or a setting, which are checked, or is the CLI's own", () => {
  const checked = new Set([...of("setting"), ...of("field")].map(({ name }) => name));
  for (const { name, sets, note } of of("flag")) {
    assert.ok(sets === undefined ? note !== "" : checked.has(sets), name);
  }
});

test("numbers outside their range, and words where numbers belong", () => {
  const defaults = { disableGpu: false, vp9CpuUsed: 4, protocolTimeout: 1, concurrency: "auto" };
  for (const [name, value] of [
    ["disableGpu", WORD],
    ["vp9CpuUsed", 9],
    ["vp9CpuUsed", WORD],
    ["protocolTimeout", -1],
    ["protocolTimeout", Number.NaN],
    ["concurrency", 1.5],
    ["forceScreenshot", "yes"],
    ["lowMemoryMode", 1],
    ["enablePageSideCompositing", "no"],
  ]) {
    const settings = { [name]: value };
    assert.match(refusal(() => checkGiven({}, settings, {})) ?? "", new RegExp(name));
    assert.match(
      refusal(() => checkEngineConfig(settings, { ...defaults, ...settings })) ?? "",
      new RegExp(name),
    );
  }
});

test("combinations that exclude each other", () => {
  for (const [config, name] of [
    [{ format: "hls", hdrMode: "force-hdr" }, "hdrMode"],
    [{ format: "hls", useGpu: true }, "useGpu"],
    [{ motionBlur: { samplesPerFrame: 65 } }, "motionBlur.samplesPerFrame"],
    [{ motionBlur: { speed: 1 } }, "motionBlur"],
  ]) {
    assert.match(refusal(() => checkGiven(config, {}, {})) ?? "", new RegExp(name));
  }
});
