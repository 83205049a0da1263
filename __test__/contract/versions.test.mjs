/**
 * The compile contract, on published versions of the CLI: what this package relies on without
 * owning it. A version that breaks it fails here by its name.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { wrapLoaders } from "../../dist/hook/transform.js";
import { installedCli, newerNode } from "./environment.mjs";

const VERSIONS = ["0.8.170", "0.8.150", "0.8.78", "0.8.34", "0.7.60", "0.6.121"];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const work = mkdtempSync(join(tmpdir(), "contract-"));
const audioProject = join(work, "audio");
const emptyProject = join(work, "empty");
const endlessProject = join(work, "endless");
// A copy: the CLI keeps a folder of its own in a project.
const mainProject = join(work, "main");
let node;

before(async () => {
  node = await newerNode();
  cpSync(here("project"), mainProject, { recursive: true });
  mkdirSync(audioProject);
  mkdirSync(emptyProject);
  mkdirSync(endlessProject);
  writeFileSync(
    join(endlessProject, "index.html"),
    '<html><head></head><body><div data-composition-id="main" data-width="320" data-height="180" ' +
      'data-start="0"></div></body></html>',
  );
  writeFileSync(join(audioProject, "tone.wav"), silence());
  writeFileSync(
    join(audioProject, "index.html"),
    '<html><head></head><body><div data-composition-id="main" data-width="320" data-height="180" ' +
      'data-start="0" data-duration="1"><audio id="a" src="tone.wav" data-start="0" ' +
      'data-track-index="1"></audio></div></body></html>',
  );
});
after(() => rmSync(work, { recursive: true, force: true }));

for (const version of VERSIONS) {
  test(`hyperframes ${version}: compile stage`, { timeout: 700_000 }, () => {
    const from = installedCli(version);
    const result = run(
      [here("compile-child.mjs"), from, mainProject, audioProject, emptyProject, endlessProject],
      work,
    );
    assert.deepEqual(result.upstream, { package: "hyperframes", version });
    for (const one of result.runs) {
      assert.equal(one.writtenAtMilestone, true, "compiled files stand before the milestone");
      assert.equal(one.deviceScaleFactor, 1);
      assert.equal(one.composition.hints.scriptedMedia, undefined);
      const { width, height, staticDuration, media, entryFile, hints } = one.composition;
      assert.deepEqual([width, height, staticDuration, entryFile], [640, 360, 2, "index.html"]);
      assert.deepEqual([media.videos.length, media.audios.length, media.images.length], [0, 0, 1]);
      assert.equal(hints.shaderTransitions, false);
      assert.ok(one.sceneText > 0, "the sub-composition is inlined");
      assert.ok(one.shimAt > 0 && one.shimAt < one.headEnd, "the virtual clock is in the head");
      assert.ok(one.bridgeAt > one.headEnd, "the bridge follows the content");
      assert.ok(one.size > 200_000, "the page runtime is inlined");
      assert.ok(one.preHeadHasShim && one.preHeadIsScripts);
    }
    assert.notEqual(result.runs[0].composition.compiledDir, result.runs[1].composition.compiledDir);
    assert.deepEqual(result.left, []);
    assert.equal(result.rendersDir, null);
    assert.equal(result.audioClips, 1);
    assert.equal(result.servers, 0, "no server of upstream is left");
    assert.match(result.failure.message, /Entry file not found/);
    assert.equal(result.failure.code, null, "upstream's own error, not one of ours");
    assert.equal(result.cancelled, true);
  });

  test(`hyperframes ${version}: the hook finds both loaders`, { timeout: 700_000 }, () => {
    const dist = join(installedCli(version), "node_modules", "hyperframes", "dist");
    const hits = readdirSync(dist)
      .filter((name) => name.endsWith(".js"))
      .map((name) => readFileSync(join(dist, name), "utf8"))
      .flatMap(
        (text) => wrapLoaders(text, { name: "hyperframes", version }, "file:///r.js")?.hits ?? [],
      );
    assert.deepEqual(hits.sort(), ["loadProducer", "loadStudioProducer"]);
  });

  test(`hyperframes ${version}: the unmodified CLI reaches us`, { timeout: 700_000 }, () => {
    const explained = run(
      [
        here("../../bin/hyperframes-native.js"),
        "render",
        mainProject,
        "--explain=json",
        "-o",
        join(work, "never.mp4"),
      ],
      installedCli(version),
    );
    assert.equal(explained.route, "native");
    assert.deepEqual(explained.producer, { package: "hyperframes", version });
    assert.deepEqual(
      explained.reasons.map((reason) => reason.code),
      [],
    );
    assert.deepEqual(readdirSync(work).sort(), ["audio", "empty", "endless", "main"]);
  });
}

/** Runs a script and parses the JSON line it ends with. No browser may be needed. */
function run(args, cwd) {
  const env = {
    ...process.env,
    HYPERFRAMES_BROWSER_PATH: process.execPath,
    PRODUCER_HEADLESS_SHELL_PATH: join(work, "no-browser"),
    HYPERFRAMES_TELEMETRY: "0",
    DO_NOT_TRACK: "1",
    HYPERFRAMES_NATIVE: "auto",
  };
  delete env.NODE_OPTIONS;
  delete env.PRODUCER_RENDERS_DIR;
  const child = spawnSync(node, args, { cwd, env, encoding: "utf8", timeout: 120_000 });
  assert.equal(child.status, 0, child.stderr || child.error?.message);
  return JSON.parse(child.stdout.trim().split("\n").at(-1));
}

/** One second of silence, 8 kHz, 16 bit, mono. */
function silence() {
  const samples = 8000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(samples * 2, 40);
  return wav;
}
