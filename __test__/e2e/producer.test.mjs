/** `@hyperframes/producer` loaded by a program, with the load hook or through our own entries. */
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../scripts/lib/run.mjs";
import { installedProducer } from "../contract/environment.mjs";
import { assertClean, assertExit } from "./support/expect.mjs";
import { writeProject } from "./support/project.mjs";
import { REGISTER, start } from "./support/run.mjs";
import { assertVideo } from "./support/video.mjs";
import { workspace } from "./support/workspace.mjs";

const child = (name) => fileURLToPath(new URL(`support/${name}-child.mjs`, import.meta.url));
const producer = join(installedProducer(), "node_modules", "@hyperframes", "producer", "dist");

/** Runs a script that renders five frames and prints a line of JSON. */
async function run(t, { flags = [], script, args }) {
  const ws = workspace(t);
  writeProject(ws, { seconds: 5 / 30 });
  const file = join(ws.out, "o.mp4");
  const command = [...flags, child(script), ...args, ws.project, file];
  const env = ws.env({ HYPERFRAMES_NATIVE: "only" });
  const end = await start(process.execPath, command, { cwd: installedProducer(), env }).done;
  assertExit(end, 0);
  assertVideo(file, { frames: 5, version: "0.8.64" });
  await assertClean(ws);
  return JSON.parse(end.stdout.trim().split("\n").at(-1));
}

for (const how of ["import", "require"]) {
  test(`a producer that a program loads by ${how} renders with this engine`, async (t) => {
    const entry = join(producer, "index.js");
    const args = [how, entry];
    const told = await run(t, { flags: ["--import", REGISTER], script: "producer", args });
    assert.deepEqual(told, { native: true, frames: 5, cancelled: [true, true, true] });
  });
}

test("the server, and the application that is handed on, render with this engine", async (t) => {
  const { own, handedOn } = await run(t, { script: "server", args: [] });
  assert.deepEqual([own.status, own.native, own.error], [200, true, undefined]);
  assert.deepEqual(own, handedOn);
});

test("renderJob compiles with the producer where a CLI is installed beside it", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: 5 / 30 });
  const installed = join(ws.dir, "node_modules");
  mkdirSync(join(installed, "@hyperframes"), { recursive: true });
  symlinkSync(join(producer, ".."), join(installed, "@hyperframes", "producer"));
  symlinkSync(join(ROOT, "node_modules", "hyperframes"), join(installed, "hyperframes"));
  const file = join(ws.out, "o.mp4");
  const options = { projectDir: ws.project, outputPath: file, fps: 30, quality: "draft" };
  const env = ws.env({ HYPERFRAMES_NATIVE: "only" });
  const end = await start(process.execPath, [child("facade"), JSON.stringify({ options })], {
    cwd: ws.dir,
    env,
  }).done;
  assertExit(end, 0);
  assertVideo(file, { frames: 5, version: "0.8.64" });
});
