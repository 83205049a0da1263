/** Renders that were killed are gone on with. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { describe as describeFile } from "./support/alpha.mjs";
import { assertClean, assertExit, assertNative } from "./support/expect.mjs";
import { encodersOf, until } from "./support/processes.mjs";
import {
  contentOf,
  framesFound,
  killedRender,
  segmentsIn,
  writeLongProject,
} from "./support/resume.mjs";
import { cli, startCli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const SECONDS = 10;
const FRAMES = 300;
/** Of a segment. */
const PART = 60;
const ENV = { HF_SEGMENTED_CAPTURE: "true", HF_SEGMENT_FRAMES: String(PART) };

/** A workspace with a project, and a render to a file in a folder of its own. */
function prepared(t) {
  const ws = workspace(t);
  writeLongProject(ws, SECONDS);
  const args = (name, flags = []) => {
    const dir = join(ws.out, name);
    mkdirSync(dir, { recursive: true });
    const file = join(dir, "o.mp4");
    return { dir, file, args: ["render", ws.project, "-o", file, "-q", "draft", ...flags] };
  };
  return { ws, to: args };
}

/** Kills a render to `dir` when it has so many whole segments. */
async function interrupted(ws, { args, dir, file }, segments) {
  const enough = () => until(() => segmentsIn(dir).length >= segments, `${segments} segments`);
  await killedRender(ws, args, enough, ENV);
  assert.ok(!existsSync(file), "it was over before it was killed");
  const [mode] = readdirSync(join(dir, ".hf-native-segments")).map(
    (name) => statSync(join(dir, ".hf-native-segments", name)).mode & 0o777,
  );
  assert.equal(mode, 0o700);
}

async function rendered(ws, { args, dir, file }, env = ENV) {
  const end = await cli(ws, args, { env });
  assertExit(end, 0);
  assertNative(end);
  await assertClean(ws);
  assert.deepEqual(readdirSync(dir), ["o.mp4"]);
  return { end, found: framesFound(end), file };
}

describe("a render that was killed", () => {
  test("goes on behind what is whole, and its file is that of one that was not", async (t) => {
    const { ws, to } = prepared(t);
    const whole = await rendered(ws, to("whole"));
    const parts = to("parts");
    await interrupted(ws, parts, 1);
    await interrupted(ws, parts, 3);
    const resumed = await rendered(ws, parts);
    // The file of the third is there a moment before it is entered in the list.
    assert.ok(resumed.found >= 2 * PART && resumed.found % PART === 0, `${resumed.found}`);
    assert.ok(readFileSync(whole.file).equals(readFileSync(resumed.file)), "equal bytes");
    // What the division changes is the encoder's choice of bits.
    const undivided = await rendered(ws, to("undivided", ["--no-resume"]));
    const [ours, other] = [contentOf(whole.file), contentOf(undivided.file)];
    assert.deepEqual(ours.sound, other.sound);
    const times = (packets) => packets.map((line) => line.split(",").slice(0, 4).join());
    assert.deepEqual(times(ours.packets), times(other.packets));
    assert.equal(ours.pictures.length, FRAMES);
    assert.deepEqual(describeFile(whole.file), describeFile(undivided.file));
  });

  test("gets another encoder behind what is whole, whenever one is lost", async (t) => {
    const { ws, to } = prepared(t);
    const whole = await rendered(ws, to("whole"));
    const parts = to("parts");
    const running = await startCli(ws, parts.args, { env: ENV });
    for (const segments of [1, 3]) {
      await until(() => segmentsIn(parts.dir).length >= segments, `${segments} segments`);
      const lost = await until(() => encodersOf(ws.dir)[0], "an encoder");
      process.kill(lost.pid, "SIGKILL");
    }
    const end = await running.done;
    assertExit(end, 0);
    assertNative(end);
    const goesOn = [...end.text.matchAll(/another encoder goes on behind (\d+) frames/g)];
    const [first, second] = goesOn.map((match) => Number(match[1]));
    assert.ok(first >= PART && second > first, `${end.text}`);
    assert.deepEqual(readdirSync(parts.dir), ["o.mp4"]);
    assert.ok(readFileSync(whole.file).equals(readFileSync(parts.file)), "equal bytes");
  });

  test("begins anew when its project has changed, and behind the last part that is whole", async (t) => {
    const { ws, to } = prepared(t);
    const parts = to("parts");
    await interrupted(ws, parts, 2);
    const page = join(ws.project, "index.html");
    const before = readFileSync(page, "utf8");
    writeFileSync(page, before.replace("#fc0", "#fd0"));
    const changed = await cli(ws, parts.args, { env: ENV });
    assertExit(changed, 0);
    assert.equal(framesFound(changed), 0);
    writeFileSync(page, before);
    const [, second] = segmentsIn(parts.dir);
    writeFileSync(second, readFileSync(second).subarray(0, 1000));
    const resumed = await rendered(ws, parts);
    assert.equal(resumed.found, PART);
  });
});
