/** `hyperframes-native doctor`: what is there, and what is not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startCli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

/** What the doctor says, by the name of each finding. */
async function told(t, env) {
  const running = await startCli(workspace(t), ["doctor", "--json"], { env });
  const end = await running.done;
  const { findings, healthy } = JSON.parse(end.stdout);
  return { end, healthy, by: Object.fromEntries(findings.map((one) => [one.name, one])) };
}

describe("doctor", { concurrency: 2 }, () => {
  test("a machine that can render", async (t) => {
    const { end, healthy, by } = await told(t, {});
    assert.equal(end.code, 0, end.text);
    assert.equal(healthy, true);
    for (const name of ["native addon", "HyperFrames", "ffmpeg", "ffprobe", "trial render"]) {
      assert.equal(by[name]?.state, "ok", JSON.stringify(by[name]));
    }
    assert.match(by["trial render"].text, /^5 frames in /);
    assert.match(by["frames on command (BeginFrame)"].text, /^yes/);
    assert.ok(Object.values(by).every(({ state, fix }) => state === "ok" || fix.length > 0));
  });

  test("no browser: the trial names the variable", async (t) => {
    const { end, healthy, by } = await told(t, { HYPERFRAMES_BROWSER_PATH: "/no/such/browser" });
    assert.deepEqual([end.code, healthy], [1, false]);
    assert.equal(by["trial render"].state, "bad");
    assert.match(by["trial render"].text, /HYPERFRAMES_BROWSER_PATH.*\/no\/such\/browser/);
    assert.match(by["trial render"].fix, /HF_NATIVE_BROWSER_NOT_FOUND/);
  });

  test("no ffmpeg: nothing is tried", async (t) => {
    const { end, by } = await told(t, { HYPERFRAMES_FFMPEG_PATH: "/no/such/ffmpeg" });
    assert.equal(end.code, 1);
    assert.match(by.ffmpeg.text, /^\/no\/such\/ffmpeg cannot be run/);
    assert.equal(by["trial render"], undefined);
  });

  test("an option that there is not", async (t) => {
    const end = await (await startCli(workspace(t), ["doctor", "--jsno"], {})).done;
    assert.equal(end.code, 2);
    assert.match(end.stderr, /no option --jsno/);
  });
});
