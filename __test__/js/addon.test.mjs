/** The real addon: that it is of this version, and reads what JavaScript sends. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createRenderJob } from "../../dist/api/producer.js";
import { assertSameVersion, loadBinding } from "../../dist/wire/binding.js";
import { WIRE_VERSION } from "../../dist/wire/generated.js";
import { StartedRender } from "../../dist/wire/native-run.js";
import { buildRenderSpec } from "../../dist/wire/render-spec.js";
import { checkTypes, fakeUpstream, project, ROOT } from "./support.mjs";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

/** An addon that says so of itself. */
const saying = (native, wire) => ({ nativeVersion: () => native, wireVersion: () => wire });

test("the addon has the version of the package and of the wire", () => {
  const addon = loadBinding();
  assert.equal(addon.nativeVersion(), version);
  assert.equal(addon.wireVersion(), WIRE_VERSION);
});

test("an addon of another version is refused, with both versions and the remedy", () => {
  assertSameVersion(saying("1.2.3", WIRE_VERSION), "1.2.3");
  for (const [addon, said] of [
    [saying("1.2.2", WIRE_VERSION), `1.2.2 (wire ${WIRE_VERSION})`],
    [saying("1.2.3", "0badc0de"), "1.2.3 (wire 0badc0de)"],
    [{ nativeVersion: () => "1.2.3" }, "1.2.3 (wire unknown)"],
    [{}, "unknown (wire unknown)"],
  ]) {
    assert.throws(
      () => assertSameVersion(addon, "1.2.3"),
      ({ code, message }) => {
        assert.equal(code, "HF_NATIVE_ADDON_VERSION");
        assert.ok(message.includes(`addon has version ${said}`), message);
        assert.ok(message.includes(`has 1.2.3 (wire ${WIRE_VERSION})`), message);
        assert.match(message, /Reinstall the package.*npm run build/);
        return true;
      },
    );
  }
});

test("the addon's exports are those that JavaScript declares", { timeout: 60_000 }, () => {
  assert.equal(checkTypes("addon-types.ts"), "");
});

/** A specification with all its optional fields. */
function fullSpec() {
  const dir = project();
  return buildRenderSpec({
    job: createRenderJob({
      ...{ fps: 30, quality: "high", format: "gif", gifLoop: 2, workers: 2, variables: { a: 1 } },
      hdrMode: "force-sdr",
      producerConfig: { chromePath: "/chrome", concurrency: 3, expectedChromiumMajor: 140 },
    }),
    composition: {
      schemaVersion: 1,
      producer: { package: "hyperframes", version: "1.2.3" },
      ...{ projectDir: dir, compiledDir: dir, documentPath: join(dir, "index.html") },
      ...{ preHead: "", entryFile: "index.html", width: 320, height: 180, staticDuration: 1 },
      media: {
        videos: [{ id: "v", src: "v.mp4", start: 0, added: 1 }],
        audios: [],
        images: [],
        masterFxChain: "[]",
      },
      hints: {
        recommendScreenshot: true,
        reasons: [{ code: "iframe", message: "" }],
        ...{ shaderTransitions: true, scriptedVolume: true, untimedClips: true },
      },
    },
    deviceScaleFactor: 2,
    audioEffects: "/fx.js",
    outputPath: join(dir, "o.gif"),
    namespace: fakeUpstream().namespace,
    rendererVersion: "1.2.3",
    env: {
      HDR_TRANSFER_CACHE_MAX_BYTES: "0",
      HF_TRANSITION_RING_DEPTH: "2",
      HYPERFRAMES_FFMPEG_PATH: "/ffmpeg",
      HYPERFRAMES_FFPROBE_PATH: "/ffprobe",
    },
  });
}

test("the core reads every field that JavaScript sends", () => {
  const { NativeRender } = loadBinding();
  new NativeRender(JSON.stringify(fullSpec()), () => {});
});

test("a field that the core does not know is refused by name", async () => {
  const spec = { ...fullSpec(), strictness: "strict" };
  assert.throws(() => new StartedRender(loadBinding(), spec), {
    code: "HF_NATIVE_INVALID_SPEC",
    message: /^render spec: unknown field `strictness`/,
  });
  const request = { width: 1, height: 1, engine: { staticFrameDedup: true } };
  assert.throws(
    () => loadBinding().warmBrowser(JSON.stringify(request)),
    /^Error: HF_NATIVE_INVALID_SPEC: warm request: unknown field `staticFrameDedup`/,
  );
});
