import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
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

test("nothing that a composition names may be a pipe, whatever it is for", () => {
  const named = {
    "a font": ["<style>@font-face { font-family: X; src: url(PIPE) }</style>", "f.woff2"],
    "a picture of a style": ["<div style=\"background: url('PIPE')\"></div>", "b.png"],
    "a script": ['<script src="PIPE"></script>', "s.js"],
    "a table of colours": [`<img data-color-grading='{"lut":{"src":"PIPE"}}'>`, "l.cube"],
    "a poster": ['<video poster="./PIPE?v=1"></video>', "p.png"],
    "a stylesheet": ['<link rel="stylesheet" href="PIPE">', "s.css"],
  };
  for (const [what, [html, file]] of Object.entries(named)) {
    const root = tempDir();
    writeFileSync(join(root, "index.html"), html.replace("PIPE", file));
    assertFiles(root, "index.html");
    execFileSync("mkfifo", [join(root, file)]);
    const error = {
      code: "HF_NATIVE_COMPILE_DOCUMENT",
      message: /in index\.html: .* a named pipe/,
    };
    assert.throws(() => assertFiles(root, "index.html"), error, what);
  }
  const root = tempDir();
  writeFileSync(join(root, "index.html"), '<link rel="stylesheet" href="styles/a.css">');
  mkdirSync(join(root, "styles"));
  writeFileSync(join(root, "styles/a.css"), '@import "b.css"; p { color: red }');
  writeFileSync(join(root, "styles/b.css"), "@font-face { src: url(../f.woff) }");
  execFileSync("mkfifo", [join(root, "f.woff")]);
  assert.throws(() => assertFiles(root, "index.html"), /styles\/b\.css: .*f\.woff is a named pipe/);
});

test("the composition itself is no pipe, and what is only mentioned may be a device", () => {
  const root = tempDir();
  writeFileSync(join(root, "index.html"), '<script>const sink = "/dev/null";</script>');
  assertFiles(root, "index.html");
  execFileSync("mkfifo", [join(root, "part.html")]);
  assert.throws(() => assertFiles(root, "part.html"), /the composition: .*part\.html is a named/);
  writeFileSync(join(root, "index.html"), '<div data-composition-src="part.html"></div>');
  assert.throws(() => assertFiles(root, "index.html"), /part\.html is a named pipe/);
});
