import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { guessRender, hasHeadStart, startForCommand } from "../../dist/ahead/head-start.js";
import { fakeBinding, tempDir } from "./support.mjs";

const PAGE = '<div data-composition-id="a" data-width="640" data-height="360"></div>';

function project() {
  const dir = tempDir();
  writeFileSync(join(dir, "index.html"), PAGE);
  mkdirSync(join(dir, "parts"));
  writeFileSync(join(dir, "parts", "b.html"), PAGE);
  return dir;
}

test("a plain render is guessed wherever its project stands", () => {
  const dir = project();
  const entryFile = "index.html";
  const guess = (...args) => guessRender(["render", ...args], {});
  assert.deepEqual(guess(dir, "-o", "o.mp4"), { projectDir: dir, entryFile });
  assert.deepEqual(guess("-o", "o.mp4", "-q", "draft", dir), { projectDir: dir, entryFile });
  assert.deepEqual(guess(dir, "-w", "3"), { projectDir: dir, entryFile, workers: 3 });
  assert.deepEqual(guess(dir, "--workers=auto"), { projectDir: dir, entryFile });
  assert.deepEqual(guess(dir, "--composition=parts/b.html"), {
    projectDir: dir,
    entryFile: "parts/b.html",
  });
  assert.deepEqual(guess(dir, "-c", "."), { projectDir: dir, entryFile });
  // Longer than a name may be, and a file where a folder is looked for.
  const long = JSON.stringify({ title: "x".repeat(300) });
  const file = join(dir, entryFile);
  assert.deepEqual(guess("--variables", long, "-o", file, dir), { projectDir: dir, entryFile });
});

test("nothing is guessed of other commands and other renders", () => {
  const dir = project();
  for (const args of [
    ["lint", dir],
    ["render", join(dir, "parts"), "-o", "x"],
    ...["--help", "-h", "--docker", "--batch=x", "--resolution=4k", "--no-browser-gpu"].map(
      (flag) => ["render", dir, flag],
    ),
    ["render", dir, "--format", "dash"],
  ]) {
    assert.equal(guessRender(args, {}), undefined, args.join(" "));
  }
  const env = { PRODUCER_BROWSER_GPU_MODE: "software" };
  assert.equal(guessRender(["render", dir], env), undefined);
});

test("one browser is started for a job that is expected, and ended with the process", () => {
  const { binding, calls } = fakeBinding();
  const before = process.listeners("exit");
  const addon = () => binding;
  startForCommand(["render", tempDir()], {}, addon);
  assert.equal(hasHeadStart(), false, "there is no page");
  for (let times = 0; times < 2; times++) startForCommand(["render", project()], {}, addon);
  assert.equal(hasHeadStart(), true);
  assert.equal(calls.length, 1);
  const { width, height, isExpected, engine } = JSON.parse(calls[0].slice("warm ".length));
  assert.deepEqual([width, height, isExpected], [640, 360, true]);
  assert.equal(engine.browserGpuMode, "auto");
  const [atExit] = process.listeners("exit").filter((one) => !before.includes(one));
  process.removeListener("exit", atExit);
  atExit(0);
  assert.deepEqual(calls.slice(1), ["abandon"]);
});
