/** `hyperframes-native bench`: both engines beside each other, and what is said where one cannot. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { browsersOf, survivors, until } from "./support/processes.mjs";
import { writeProject } from "./support/project.mjs";
import { startCli } from "./support/run.mjs";
import { makeSound } from "./support/sound.mjs";
import { workspace } from "./support/workspace.mjs";

/** Starts the command with a project whose box moves for a fifth of a second. */
async function started(t, args, { env, sound } = {}) {
  const ws = workspace(t);
  const body = sound ? `<audio src="tone.wav" data-start="0" data-duration="0.2"></audio>` : "";
  writeProject(ws, { seconds: 0.2, body });
  if (sound) makeSound(join(ws.project, "tone.wav"), "sine=frequency=440:duration=0.2");
  const running = await startCli(ws, ["bench", ...args], { env });
  return { ws, running };
}
const QUICK = ["project", "-q", "draft", "-f", "10", "--runs", "1"];

describe("bench", { concurrency: 2 }, () => {
  test("a table, a chart, and the same film from both", async (t) => {
    const { ws, running } = await started(t, [...QUICK, "--svg", "chart.svg"], { sound: true });
    const end = await running.done;
    assert.equal(end.code, 0, end.text);
    assert.match(
      end.stdout,
      /^project: 320x180, 2 frames, 0\.2 s {2}\(--quality draft --fps 10\)$/m,
    );
    for (const row of ["wall time", "processor time", "peak memory, all processes", "file"]) {
      assert.match(end.stdout, new RegExp(`^${row} .* \\d+\\.\\d\\dx$`, "m"));
    }
    const [, worst] = /dB PSNR, ([\d.]+) dB in the frame/.exec(end.stdout) ?? [null, "99"];
    assert.ok(Number(worst) > 40, end.stdout);
    assert.match(end.stdout, /^Sound: /m);
    assert.match(end.stdout, /^Native engine: what the \d\.\d s of the render went into:$/m);
    assert.match(end.stderr, /^render 1 of 2, HyperFrames engine +\d+ %/m);
    assert.match(end.stderr, /^render 2 of 2, native engine +\d+ %/m);
    assert.match(readFileSync(join(ws.dir, "chart.svg"), "utf8"), /^<svg [\s\S]*<\/svg>\n$/);
    assert.deepEqual(ws.leftovers(), []);
  });

  test("an engine that fails leaves the other's figures, the cause, and 1", async (t) => {
    const env = { HF_NATIVE_PAGE_NETWORK: "some" };
    const { running } = await started(t, [...QUICK, "--json"], { env });
    const end = await running.done;
    assert.equal(end.code, 1, end.text);
    const { summary, failures, picture } = JSON.parse(end.stdout);
    assert.ok(summary.wallSeconds.upstream > 0);
    assert.equal(summary.wallSeconds.native, undefined);
    assert.equal(picture, undefined);
    assert.deepEqual(
      failures.map(({ engine }) => engine),
      ["native"],
    );
    assert.match(failures[0].message, /HF_NATIVE_PAGE_NETWORK/);
  });

  test("Ctrl-C ends the render and removes all files", async (t) => {
    const { ws, running } = await started(t, ["project", "--only-native"]);
    await until(() => browsersOf(ws.dir)[0], "a browser of the render");
    running.child.kill("SIGINT");
    const end = await running.done;
    assert.equal(end.code, 130, end.text);
    assert.match(end.stderr, /stopped by SIGINT/);
    assert.deepEqual(await survivors(ws.dir), []);
    assert.deepEqual(ws.leftovers(), []);
  });

  test("what cannot be measured is refused before anything is rendered", async (t) => {
    const ws = workspace(t);
    mkdirSync(join(ws.dir, "empty"));
    const run = async (...args) => (await startCli(ws, ["bench", ...args], {})).done;
    const none = await run("empty");
    assert.deepEqual([none.code, none.stdout], [1, ""]);
    assert.match(none.stderr, /no project there: .*empty.index\.html does not exist/);
    const runs = await run("--runs", "0");
    assert.equal(runs.code, 2);
    assert.match(runs.stderr, /--runs is 0; use a whole number from 1 to 20/);
    assert.match((await run("--help")).stdout, /--only-native/);
  });
});
