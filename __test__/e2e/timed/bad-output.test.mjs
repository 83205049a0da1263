/** Places where no video can be put. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
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

/** What is written for each format: a file, or a folder of files. */
const WRITTEN = {
  mp4: "o.mp4",
  mov: "o.mov",
  webm: "o.webm",
  gif: "o.gif",
  "png-sequence": "frames",
  hls: "stream",
};

// Not the CLI, which refuses to start with little space.
describe("a full disk", { concurrency: 2 }, () => {
  for (const [format, name] of Object.entries(WRITTEN)) {
    test(format, async (t) => {
      const ws = workspace(t);
      writeProject(ws, { seconds: 2 });
      const disk = join(ws.dir, "disk");
      const output = join(disk, name);
      const isFolder = !name.includes(".");
      const existing = isFolder ? join(output, "theirs") : output;
      const unmount = mountFullDisk(disk, () => {
        if (isFolder) mkdirSync(output);
        putExisting(existing);
      });
      if (!unmount) return t.skip("mounting is not allowed");
      try {
        const options = { projectDir: ws.project, outputPath: output, format };
        const { error } = await facade(ws, { options });
        await assertClean(ws);
        assertUntouched(existing);
        assert.deepEqual(readdirSync(disk).sort(), ["filler", name].sort());
        assert.equal(error?.code, "HF_NATIVE_DISK_FULL", error?.message);
        assert.match(error.message, /No space left on device|disk .* full/i);
      } finally {
        unmount();
      }
    });
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
