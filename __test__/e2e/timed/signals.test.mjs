/** A render that is told to stop, or killed, leaves nothing behind. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit, assertUntouched, putExisting } from "../support/expect.mjs";
import { browsersOf, encodersOf, survivors, until } from "../support/processes.mjs";
import { LONG_SECONDS, writeProject } from "../support/project.mjs";
import { cli, startCli } from "../support/run.mjs";
import { assertVideo } from "../support/video.mjs";
import { workspace } from "../support/workspace.mjs";

const CAPTURING = /Streaming frame \d+\/\d+/;
const CANCEL_MS = 3000;

/** Starts a long render over an existing file and waits for the given output. */
async function startLong(t, { when = CAPTURING, flags = [], ...options } = {}) {
  const ws = workspace(t);
  writeProject(ws, { seconds: LONG_SECONDS });
  const file = join(ws.out, "o.mp4");
  putExisting(file);
  const running = await startCli(ws, ["render", ws.project, "-o", file, ...flags], options);
  await running.printed(when);
  return { ws, file, running };
}

for (const [signal, when] of [
  ["SIGINT", CAPTURING],
  ["SIGTERM", CAPTURING],
  ["SIGINT", /Starting frame capture/],
]) {
  test(`${signal} at ${when.source}`, async (t) => {
    const { ws, file, running } = await startLong(t, { when });
    if (when === CAPTURING) {
      assert.ok(browsersOf(ws.dir).length > 0 && encodersOf(ws.dir).length > 0);
    }
    const sent = performance.now();
    running.child.kill(signal);
    const end = await running.done;
    assert.ok(performance.now() - sent < CANCEL_MS, `took ${performance.now() - sent} ms`);
    assertExit(end, 1);
    assert.match(end.text, new RegExp(`render_cancelled_by_${signal.toLowerCase()}`));
    await assertClean(ws);
    assertUntouched(file);
  });
}

test("SIGINT under a CLI that would end on the spot", { timeout: 700_000 }, async (t) => {
  const { ws, file, running } = await startLong(t, { version: "0.8.34" });
  running.child.kill("SIGINT");
  const end = await running.done;
  assert.equal(end.timedOut, false);
  assert.notEqual(end.code, 0);
  await assertClean(ws);
  assertUntouched(file);
});

test("SIGINT ends all rows of a batch", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: LONG_SECONDS });
  writeFileSync(join(ws.dir, "rows.json"), '[{"name":"one"},{"name":"two"}]');
  putExisting(join(ws.out, "one.mp4"));
  const batch = ["--batch", join(ws.dir, "rows.json"), "--batch-concurrency", "2"];
  const output = ["-o", join(ws.out, "{name}.mp4"), "--workers", "1"];
  const running = await startCli(ws, ["render", ws.project, ...batch, ...output]);
  await until(() => encodersOf(ws.dir).length === 2 && browsersOf(ws.dir).length === 2, "two rows");
  running.child.kill("SIGINT");
  const end = await running.done;
  assertExit(end, 1);
  await assertClean(ws);
  assertUntouched(join(ws.out, "one.mp4"));
});

test("SIGKILL: the children die too, and the next render sweeps the files", async (t) => {
  const { ws, file, running } = await startLong(t, { flags: ["--workers", "2"] });
  running.child.kill("SIGKILL");
  await running.done;
  assert.deepEqual(await survivors(ws.dir), [], "processes left after 2 s");
  assertUntouched(file);
  assert.ok(ws.leftovers().length > 0, "nobody was there to remove the files");
  writeProject(ws);
  const end = await cli(ws, ["render", ws.project, "-o", file]);
  assertExit(end, 0);
  assertVideo(file, { frames: 15 });
  await assertClean(ws);
});
