/**
 * Exports from the page of the installed Studio in a real browser: one export is cancelled, one finishes,
 * and is listed, played, downloaded and deleted. Everything is done by clicking in the page.
 *
 * npm run studio:proof -- [options]
 *   --pictures DIR   where pictures of the steps go (default out/studio; those of the documents: docs)
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { browserPath } from "../../scripts/lib/browser.mjs";
import { materializeProject, repoRoot } from "../../scripts/materialize.mjs";
import { assertClean, assertNative } from "../e2e/support/expect.mjs";
import { browsersOf, encodersOf, encoding, survivors, until } from "../e2e/support/processes.mjs";
import { startStudio } from "../e2e/support/studio.mjs";
import { probe } from "../e2e/support/video.mjs";
import { workspace } from "../e2e/support/workspace.mjs";
import { openPage } from "./page.mjs";

const { values } = parseArgs({
  options: { pictures: { type: "string", default: join(repoRoot, "out", "studio") } },
});
const pictures = resolve(values.pictures);

/** What examples/launch is. */
const LAUNCH = { frames: 180, seconds: 6, width: 1920, height: 1080 };
const TEST_MS = 8 * 60_000;
const STOP_MS = 5000;

process.env.HYPERFRAMES_BROWSER_PATH ??= browserPath();

/** Browsers that the engine has started; Studio has one of its own for its thumbnails. */
const renderingBrowsers = (dir) =>
  browsersOf(dir).filter(({ command }) => / --user-data-dir=\S*\/chrome-\w+/.test(command));

test("exports from the page of Studio", { timeout: TEST_MS }, async (t) => {
  const [ws, viewer] = [workspace(t), workspace(t)];
  const project = join(ws.project, "launch");
  await materializeProject(join(repoRoot, "examples", "launch"), project);
  const renders = () => {
    const folder = join(project, "renders");
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  };
  const partialFiles = () => ws.leftovers().filter((path) => path.startsWith("project/"));
  mkdirSync(pictures, { recursive: true });

  const studio = await startStudio({ ...ws, project }, { by: "register", timeoutMs: TEST_MS });
  const page = await openPage(t, { url: studio.base, env: viewer.env(), pictures });
  const done = (what) => t.diagnostic(what);

  const cancelled = await page.startExport();
  await encoding(ws.dir);
  assert.ok(renderingBrowsers(ws.dir).length > 0, "a browser of the engine");
  await page.progressBeyond(30);
  await page.picture("studio-export");
  const seen = await page.cancel(cancelled);
  assert.ok(seen.percents.length >= 3, `watched: ${seen.percents}`);
  assertRising(seen.percents);
  assert.ok(seen.percents.at(-1) < 100, "it was cancelled in the middle");
  const busy = () => renderingBrowsers(ws.dir).length + encodersOf(ws.dir).length;
  await until(() => busy() === 0, "end of browsers and encoder", STOP_MS);
  await until(() => partialFiles().length === 0, "removal of temporary files", STOP_MS);
  assert.deepEqual(
    renders().filter((name) => name.endsWith(".mp4")),
    [],
    "no video of a cancelled export",
  );
  await page.picture("studio-cancelled");
  done(`cancelled at ${seen.percents.at(-1)} %, all processes of it ended`);

  // Studio names exports by the second.
  await until(() => !cancelled.includes(secondOfNow()), "the next second", STOP_MS);
  const finished = await page.startExport();
  assert.notEqual(finished, cancelled);
  const watched = await page.finish(finished);
  assertRising(watched.percents);
  assert.ok(watched.percents[0] < 10, `from the beginning: ${watched.percents}`);
  assert.ok(watched.percents.length >= 10, `watched: ${watched.percents}`);
  assert.ok(
    watched.stages.some((stage) => /Streaming frame \d+\/180/.test(stage)),
    `stages: ${watched.stages}`,
  );
  const file = join(project, "renders", finished);
  const video = probe(file);
  assert.deepEqual(
    [video.frames, video.width, video.height, video.codec, video.pixels, video.rate],
    [LAUNCH.frames, LAUNCH.width, LAUNCH.height, "h264", "yuv420p", "30/1"],
  );
  assert.equal(video.tags.hyperframes_renderer, "hyperframes");
  await studio.running.printed(/\[Native\] render finished/);
  done(`finished: ${video.frames} frames, ${watched.percents.length} steps of progress`);

  // What is listed then comes from the server, not from the page's memory.
  await page.reload();
  assert.deepEqual(await page.listed(), [finished]);
  done("listed");

  const inList = await page.playInList(finished);
  assert.deepEqual([inList.width, inList.height], [LAUNCH.width, LAUNCH.height]);
  assert.ok(Math.abs(inList.seconds - LAUNCH.seconds) < 0.05, `it lasts ${inList.seconds} s`);
  await page.picture("studio-renders");
  const alone = await page.playAlone(finished);
  assert.ok(Math.abs(alone.seconds - LAUNCH.seconds) < 0.05, `it lasts ${alone.seconds} s`);
  assert.ok(alone.soughtTo >= 4, `sought to ${alone.soughtTo}`);
  done(`plays: ${alone.seconds} s, in the list and in a tab of its own`);

  const downloaded = await page.download(finished);
  assert.ok(readFileSync(downloaded).equals(readFileSync(file)), "the downloaded file");
  done("downloaded");

  await page.remove(finished);
  assert.deepEqual(await page.listed(), []);
  const stem = finished.replace(/\.mp4$/, "");
  await until(() => !renders().some((name) => name.startsWith(stem)), "removal", STOP_MS);
  done("deleted");

  const trouble = await page.close();
  assert.deepEqual(trouble, [], "errors of the page");
  assert.deepEqual(await survivors(viewer.dir), [], "processes left by the page's browser");
  studio.running.child.kill("SIGINT");
  const end = await studio.running.done;
  assertNative(end);
  assert.deepEqual(await survivors(ws.dir, STOP_MS), [], "processes left by Studio");
  await assertClean(ws);
  done(`no process left; pictures in ${pictures}`);
});

/** Progress never goes back. */
function assertRising(percents) {
  assert.deepEqual(
    percents,
    [...percents].sort((a, b) => a - b),
    "never backwards",
  );
}

/** The second that Studio puts into the name of an export that is begun now. */
function secondOfNow() {
  return new Date().toTimeString().slice(0, 8).replaceAll(":", "-");
}
