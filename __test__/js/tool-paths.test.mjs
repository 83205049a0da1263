/** Programs that are not where the environment says. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { onPath } from "../../dist/base/on-path.js";
import { assertFfmpeg } from "../../dist/job/tool-paths.js";
import { render } from "./fake-render.mjs";
import { tempDir } from "./support.mjs";

const dir = tempDir();
const gone = join(dir, "gone");
const FFMPEG = "HYPERFRAMES_FFMPEG_PATH";
const FFPROBE = "HYPERFRAMES_FFPROBE_PATH";

afterEach(() => {
  for (const name of [FFMPEG, FFPROBE]) delete process.env[name];
});

for (const [tool, variable] of [
  ["ffmpeg", FFMPEG],
  ["ffprobe", FFPROBE],
]) {
  test(`a missing ${tool} is named with its variable before anything is compiled`, async () => {
    process.env[variable] = gone;
    const output = join(dir, `${tool}.mp4`);
    const { error, job, upstream, calls } = await render(output);
    assert.equal(error.code, "HF_NATIVE_FFMPEG_NOT_FOUND");
    assert.ok(
      error.message.startsWith(`${tool} not found at ${variable}="${gone}", which does not`),
    );
    assert.match(error.message, /unset it to use the (ffmpeg|ffprobe) on PATH/);
    assert.equal(job.status, "failed");
    assert.deepEqual([upstream.calls, calls, existsSync(output)], [[], [], false]);
  });
}

test("a program on PATH has the name that its system gives it", () => {
  const path = process.env.PATH;
  for (const name of ["hf-tool", "hf-tool.exe"]) {
    writeFileSync(join(dir, name), "");
    chmodSync(join(dir, name), 0o755);
  }
  process.env.PATH = dir;
  try {
    assert.equal(onPath("hf-tool", "linux"), join(dir, "hf-tool"));
    assert.equal(onPath("hf-tool", "win32"), join(dir, "hf-tool.exe"));
    assert.equal(onPath("hf-other", "win32"), undefined);
  } finally {
    process.env.PATH = path;
  }
});

test("what the HyperFrames engine renders is left to its own checks", async () => {
  process.env[FFMPEG] = gone;
  const { result } = await render(join(dir, "o"), { config: { format: "dash" } });
  assert.equal(result.engine, "cli");
});

test("a folder is no ffmpeg; a file, an empty variable and none are no error", () => {
  assert.throws(() => assertFfmpeg({ [FFPROBE]: dir }), /ffprobe .*, which is a folder/);
  for (const env of [{}, { [FFMPEG]: " " }, { [FFMPEG]: process.execPath }]) assertFfmpeg(env);
});
