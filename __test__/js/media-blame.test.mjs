import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { blameMedia } from "../../dist/compile/media-blame.js";
import { tempDir } from "./support.mjs";

function project(files) {
  const dir = tempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

const blamed = (dir, message = "[FFmpeg] ffprobe exit with code 1") =>
  blameMedia(new Error(message), dir, "index.html").message;

test("broken files are named with what is wrong with them", () => {
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
  const message = blamed(dir);
  assert.match(message, /a\/empty\.mp4 is empty/);
  assert.match(message, /page\.mp3 is a text document/);
  assert.match(message, /gone\.mp4 does not exist/);
  assert.match(message, /noise%20b\.mp4 cannot be read/);
  assert.doesNotMatch(message, /far\.mp4/);
});

test("other errors, and projects whose files are all right, stay as they are", () => {
  const dir = project({ "index.html": "<p>no media</p>" });
  assert.equal(blamed(dir), "[FFmpeg] ffprobe exit with code 1");
  const other = project({ "index.html": '<video src="gone.mp4"></video>' });
  assert.equal(blamed(other, "Page crashed"), "Page crashed");
  assert.equal(blameMedia("text", other, "index.html"), "text");
});
