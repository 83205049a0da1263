import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { annotateMediaError } from "../../dist/compile/media-error.js";
import { tempDir } from "./support.mjs";

function project(files) {
  const dir = tempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

const PROBE_FAILED = "[FFmpeg] ffprobe exit with code 1";

async function annotated(dir, message = PROBE_FAILED, signal = undefined) {
  const error = new Error(message);
  assert.equal(await annotateMediaError(error, dir, "index.html", signal), error);
  return error.message;
}

test("broken files are named with what is wrong with them", async () => {
  const dir = project({
    "index.html":
      '<video src="a/empty.mp4"></video><audio src="page.mp3?x=1"></audio>' +
      '<video src="gone.mp4"></video><div data-composition-src="parts/one.html"></div>' +
      '<video src="https://a.test/far.mp4"></video>',
    "parts/one.html": '<template><video src="../a/noise%20b.mp4"></video></template>',
    "a/empty.mp4": "",
    "a/noise b.mp4": "\u0001\u0002 no container at all",
    "page.mp3": " <html>404</html>",
  });
  const message = await annotated(dir);
  assert.match(message, /a\/empty\.mp4 is empty/);
  assert.match(message, /page\.mp3 is a text document/);
  assert.match(message, /gone\.mp4 does not exist/);
  assert.match(message, /noise%20b\.mp4 cannot be read/);
  assert.doesNotMatch(message, /far\.mp4/);
});

test("other errors, and projects whose files are all right, stay as they are", async () => {
  const dir = project({ "index.html": "<p>no media</p>" });
  assert.equal(await annotated(dir), PROBE_FAILED);
  const other = project({ "index.html": '<video src="gone.mp4"></video>' });
  assert.equal(await annotated(other, "Page crashed"), "Page crashed");
  assert.equal(await annotateMediaError("text", other, "index.html"), "text");
});

test("a source that no file can be called does not hide the error", async () => {
  const dir = project({ "index.html": '<video src="a%00.mp4"></video><img src="%E0%A4%A.png">' });
  const message = await annotated(dir);
  assert.ok(message.startsWith(PROBE_FAILED), message);
  assert.match(message, /a%00\.mp4 does not exist/);
});

test("the look ends with the render", async (t) => {
  const dir = project({
    "index.html": '<video src="slow.mp4"></video>',
    "slow.mp4": "\u0001\u0002",
    ffprobe: "#!/bin/sh\nexec sleep 5\n",
  });
  chmodSync(join(dir, "ffprobe"), 0o700);
  const before = process.env.HYPERFRAMES_FFPROBE_PATH;
  process.env.HYPERFRAMES_FFPROBE_PATH = join(dir, "ffprobe");
  t.after(() => {
    if (before === undefined) delete process.env.HYPERFRAMES_FFPROBE_PATH;
    else process.env.HYPERFRAMES_FFPROBE_PATH = before;
  });
  const began = performance.now();
  assert.equal(await annotated(dir, PROBE_FAILED, AbortSignal.timeout(200)), PROBE_FAILED);
  const took = performance.now() - began;
  assert.ok(took < 1000, `${took} ms`);
});
