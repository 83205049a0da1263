import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertFiles } from "../../dist/compile/odd-sources.js";
import { tempDir } from "./support.mjs";

test("sources that are no files are named before anything opens them", () => {
  const root = tempDir();
  const write = (name, html) => writeFileSync(join(root, name), html);
  execFileSync("mkfifo", [join(root, "pipe.mp4")]);
  write("a.mp4", "");
  write("index.html", `<div data-composition-src="part.html"></div><video src="a.mp4"></video>`);
  write("part.html", `<div data-composition-src="index.html"></div><audio src="none.mp3"></audio>`);
  assertFiles(root, "index.html");
  write("part.html", `<video id="v" src="pipe.mp4?v=2"></video>`);
  const named = /<video> "v" in part\.html: .*pipe\.mp4 is a named pipe/;
  assert.throws(() => assertFiles(root, "index.html"), named);
  execFileSync("mkfifo", [join(root, "a pipe.mp4")]);
  write("part.html", `<video id="v" src="a%20pipe.mp4"></video>`);
  assert.throws(() => assertFiles(root, "index.html"), /a pipe\.mp4 is a named pipe/);
  write("part.html", `<audio src="/dev/zero"></audio>`);
  assert.throws(() => assertFiles(root, "index.html"), /a device/);
});
