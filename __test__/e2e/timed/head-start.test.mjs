/** The browser that starts with the command line: the render uses it, and nothing else leaves it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  assertClean,
  assertExit,
  assertNative,
  assertUntouched,
  putExisting,
} from "../support/expect.mjs";
import { browsersOf, survivors, until } from "../support/processes.mjs";
import { writeProject } from "../support/project.mjs";
import { cli, startCli } from "../support/run.mjs";
import { assertVideo } from "../support/video.mjs";
import { workspace } from "../support/workspace.mjs";

const COMPILING = /Compiling composition/;
/** Time between two looks at the processes, ms. */
const LOOK_EVERY_MS = 20;
/** Moments in the start of a command, ms: modules, the browser, the setup's children, compiling. */
const MOMENTS = [60, 150, 250, 400, 600, 900, 1300];

for (const by of ["wrapper", "hook"]) {
  test(`it is there before the composition compiles, and is the only one (${by})`, async (t) => {
    const ws = workspace(t);
    writeProject(ws, { seconds: 2 });
    const file = join(ws.out, "o.mp4");
    const flags = ["--workers", "1"];
    const running = await startCli(ws, ["render", ws.project, "-o", file, ...flags], { by });
    let isCompiling = false;
    const compiling = running.printed(COMPILING).then(() => {
      isCompiling = true;
    });
    const early = await until(() => browsersOf(ws.dir)[0], "browser");
    assert.equal(isCompiling, false, "it came before");
    await compiling;
    // The render may have begun ahead, so no moment is sure to find the browser: all are looked at.
    const seen = new Set([early.pid]);
    const looking = setInterval(() => {
      for (const { pid } of browsersOf(ws.dir)) seen.add(pid);
    }, LOOK_EVERY_MS);
    const end = await running.done.finally(() => clearInterval(looking));
    assert.deepEqual([...seen], [early.pid]);
    assertExit(end, 0);
    assertNative(end);
    assertVideo(file, { frames: 60 });
    await assertClean(ws);
  });
}

test("it ends with a command that fails before any job", async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const file = join(ws.out, "o.mp4");
  const end = await cli(ws, ["render", ws.project, "-o", file, "--fps", "100000"]);
  assertExit(end, 1);
  await assertClean(ws);
});

/**
 * Starts renders to an existing file and sends each a signal, one at every moment.
 *
 * @param {import("node:test").TestContext} t
 * @param {NodeJS.Signals} signal
 * @param {(ws: import("../support/workspace.mjs").Workspace, file: string, after: string) => Promise<void>} check
 *   what is left of each
 */
async function signalledStarts(t, signal, check) {
  const ws = workspace(t);
  writeProject(ws);
  const file = join(ws.out, "o.mp4");
  putExisting(file);
  for (const moment of MOMENTS) {
    const running = await startCli(ws, ["render", ws.project, "-o", file]);
    await sleep(moment);
    running.child.kill(signal);
    const end = await running.done;
    assert.equal(end.timedOut, false);
    await check(ws, file, `${signal} after ${moment} ms`);
  }
  return { ws, file };
}

test("SIGKILL while a command starts leaves no process", async (t) => {
  const { ws, file } = await signalledStarts(t, "SIGKILL", async ({ dir }, _, after) => {
    assert.deepEqual(await survivors(dir), [], after);
  });
  // The next one sweeps the folders of those that were killed.
  const end = await cli(ws, ["render", ws.project, "-o", file]);
  assertExit(end, 0);
  await assertClean(ws);
});

test("SIGTERM while a command starts leaves no process and no folder", async (t) => {
  await signalledStarts(t, "SIGTERM", async (ws, file) => {
    await assertClean(ws);
    assertUntouched(file);
  });
});
