/** Places where no video can be put. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { badInput } from "../support/bad-input.mjs";
import { assertClean, assertExit, assertUntouched, putExisting } from "../support/expect.mjs";
import { script } from "../support/fake-tool.mjs";
import { writeProject } from "../support/project.mjs";
import { cli, facade } from "../support/run.mjs";
import { mountFullDisk } from "../support/small-disk.mjs";
import { workspace } from "../support/workspace.mjs";

badInput({
  title: "below a file",
  prepare(ws) {
    writeProject(ws);
    writeFileSync(join(ws.out, "file"), "");
  },
  output: (ws, by) => join(ws.out, "file", `${by}.mp4`),
  existing: false,
  code: "HF_NATIVE_OUTPUT",
  message: /folder for .*file\/api\.mp4 cannot be created: (?:ENOTDIR|EEXIST)/,
  cliMessage: /ENOTDIR|EEXIST|not a directory/,
});

badInput({
  title: "a folder of that name",
  prepare(ws) {
    writeProject(ws);
    for (const by of ["cli", "api"]) mkdirSync(join(ws.out, `${by}.mp4`));
  },
  existing: false,
  code: "HF_NATIVE_OUTPUT",
  message: /\.mp4 is a folder; name a file/,
});

badInput({
  title: "a file system where nothing can be created",
  // Not the CLI, which makes the folder itself and never returns there.
  by: ["api"],
  prepare: (ws) => writeProject(ws),
  output: () => (process.platform === "linux" ? "/proc/self/none/o.mp4" : "/dev/null/o.mp4"),
  existing: false,
  code: "HF_NATIVE_OUTPUT",
  message: /cannot be created/,
});

// Not the CLI, which refuses to start with little space.
test("a full disk", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: 2 });
  const disk = join(ws.dir, "disk");
  const file = join(disk, "o.mp4");
  const unmount = mountFullDisk(disk, () => putExisting(file));
  if (!unmount) return t.skip("mounting is not allowed");
  try {
    const { error } = await facade(ws, { options: { projectDir: ws.project, outputPath: file } });
    await assertClean(ws);
    assertUntouched(file);
    assert.deepEqual(readdirSync(disk).sort(), ["filler", "o.mp4"]);
    assert.equal(error?.code, "HF_NATIVE_DISK_FULL", error?.message);
    assert.match(error.message, /No space left on device|disk .* full/i);
  } finally {
    unmount();
  }
});

test("a limit on the size of files", async (t) => {
  const ws = workspace(t);
  writeProject(ws, { seconds: 2 });
  const file = join(ws.out, "o.mp4");
  putExisting(file);
  const wrapped = script(ws, "limited-ffmpeg", 'ulimit -f 4\nexec ffmpeg "$@"');
  const env = { HYPERFRAMES_FFMPEG_PATH: wrapped };
  const end = await cli(ws, ["render", ws.project, "-o", file], { env });
  assertExit(end, 1);
  assert.match(end.stderr, /FFmpeg exited with|File too large/);
  await assertClean(ws);
  assertUntouched(file);
});
