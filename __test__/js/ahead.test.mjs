import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { beginAhead, takeAhead } from "../../dist/ahead/ahead.js";
import { guessJob, isSameConfig } from "../../dist/ahead/ahead-guess.js";
import { startForCommand } from "../../dist/ahead/head-start.js";
import { stampProject } from "../../dist/ahead/project-stamp.js";
import { onPath } from "../../dist/base/on-path.js";
import { createEngine } from "../../dist/job/engine.js";
import { progressEvent } from "./fake-render.mjs";
import { fakeBinding, fakeUpstream, project, recordingLogger, tempDir } from "./support.mjs";

const PAGE =
  '<html><head></head><body><div data-composition-id="a" data-width="320" data-height="180"></div></body></html>';
const TOOLS = { ffmpeg: "HYPERFRAMES_FFMPEG_PATH", ffprobe: "HYPERFRAMES_FFPROBE_PATH" };
const NAMES = [
  "PRODUCER_HEADLESS_SHELL_PATH",
  "HYPERFRAMES_BROWSER_PATH",
  "A_NEW_VARIABLE",
  ...Object.values(TOOLS),
];
const before = { ...process.env };
const { namespace } = fakeUpstream();

beforeEach(() => {
  for (const name of NAMES) delete process.env[name];
  process.env.HYPERFRAMES_BROWSER_PATH = "/opt/chrome-headless-shell";
});
after(() => {
  for (const name of NAMES) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

/** A render that was begun, and the job that the CLI then asks for. */
async function begun({ script, change = {} } = {}) {
  const dir = project(PAGE);
  const outputPath = join(tempDir(), "o.mp4");
  const upstream = fakeUpstream({ html: PAGE });
  const { binding, calls } = fakeBinding(script);
  startForCommand(["render", dir], process.env, () => fakeBinding().binding);
  const args = ["render", dir, "-o", outputPath, "-q", "draft"];
  const ahead = beginAhead(upstream, args, () => binding);
  await ahead.capture();
  assert.deepEqual(calls, ["new", "run"], "it captures already");
  // As the CLI's checks leave it.
  process.env.PRODUCER_HEADLESS_SHELL_PATH = process.env.HYPERFRAMES_BROWSER_PATH;
  for (const [tool, name] of Object.entries(TOOLS)) {
    const path = onPath(tool);
    if (path !== undefined) process.env[name] = path;
  }
  const { config } = guessJob(args, process.env, namespace);
  const logger = recordingLogger();
  const job = namespace.createRenderJob({ ...config, ...change, logger });
  const run = () =>
    createEngine({ binding: () => binding }).execute(upstream, {
      job,
      projectDir: dir,
      outputPath,
      signal: new AbortController().signal,
    });
  return { dir, outputPath, upstream, calls, logger, job, run };
}

test("the job that was expected takes over the render, with all it has told", async () => {
  const script = async ({ emit }) => emit(progressEvent(40, "early", { framesRendered: 7 }));
  const { outputPath, upstream, calls, job, run } = await begun({ script });
  assert.equal(existsSync(outputPath), false, "nothing appears before the job");
  await run();
  assert.equal(readFileSync(outputPath, "utf8"), "native");
  assert.equal(job.framesRendered, 30);
  assert.equal(calls.filter((call) => call === "new").length, 1, calls.join());
  assert.ok(!calls.some((call) => call.startsWith("warm")), "no second browser");
  assert.equal(upstream.calls.length, 1, "it was compiled once");
});

for (const [what, change] of Object.entries({
  "a project that was edited": ({ dir }) => writeFileSync(join(dir, "index.html"), `${PAGE} `),
  "a project with a new file": ({ dir }) => writeFileSync(join(dir, "new.js"), ""),
  "another environment": () => {
    process.env.A_NEW_VARIABLE = "1";
  },
  "another browser": () => {
    process.env.PRODUCER_HEADLESS_SHELL_PATH = "/opt/another";
  },
  "another configuration": ({ job }) => {
    job.config.quality = "high";
  },
})) {
  test(`${what}: what was begun is ended, and the job renders anew`, async () => {
    const ahead = await begun();
    change(ahead);
    await ahead.run();
    const { calls, upstream, outputPath } = ahead;
    assert.deepEqual(calls.slice(0, 4), ["new", "run", "cancel not wanted", "discard"]);
    assert.equal(calls.filter((call) => call === "new").length, 2);
    assert.equal(upstream.calls.length, 2, "compiled again");
    assert.equal(readFileSync(outputPath, "utf8"), "native");
  });
}

test("a process that ends cancels what no job has asked for", async () => {
  const { calls, dir, outputPath, job } = await begun();
  const [first] = process.rawListeners("exit");
  first.call(process);
  assert.ok(calls.includes("cancel the process ends"), calls.join());
  const signal = AbortSignal.abort(new Error("stop"));
  const request = { config: job.config, projectDir: dir, outputPath, signal, logger: undefined };
  assert.equal(await takeAhead(request), undefined, "nor does a cancelled job get it");
  assert.equal(await takeAhead(request), undefined, "it is given once");
});

test("a job is guessed of plain command lines only", () => {
  const dir = project(PAGE);
  const guess = (...args) => guessJob(["render", dir, ...args], {}, namespace);
  const plain = guess();
  assert.deepEqual(
    [plain.config.quality, plain.config.crf, plain.config.fps, plain.outputPath],
    ["standard", 16, { num: 30, den: 1 }, undefined],
  );
  const draft = guess("-q=draft", "--fps", "25", "-w", "2", "-o", "/o.mp4");
  assert.deepEqual(
    [draft.config.quality, draft.config.crf, draft.config.fps.num, draft.config.workers],
    ["draft", undefined, 25, 2],
  );
  assert.equal(draft.outputPath, "/o.mp4");
  for (const args of [["--strict"], ["--variables", "{}"], ["-q", "x"], ["--format", "webm"]]) {
    assert.equal(guess(...args), undefined, args.join(" "));
  }
  writeFileSync(join(dir, "index.html"), PAGE.replace("<div", '<div data-fps="24"'));
  assert.equal(guess(), undefined, "the page may have its own frame rate");
  const { config } = plain;
  const turned = Object.fromEntries(Object.entries(config).reverse());
  assert.ok(isSameConfig(config, { ...turned, logger: {}, variables: undefined }));
  assert.ok(!isSameConfig(config, { ...config, variables: {} }));
});

test("a stamp tells of media and of files that changed, not of the CLI's notes", () => {
  const dir = project(PAGE);
  const first = stampProject(dir);
  assert.equal(first.hasMedia, false);
  mkdirSync(join(dir, ".hyperframes"));
  writeFileSync(join(dir, ".hyperframes", "notes.json"), "{}");
  mkdirSync(join(dir, ".o.hf-transaction-1-a"));
  mkdirSync(join(dir, ".hf-native-segments"));
  assert.equal(stampProject(dir).text, first.text);
  mkdirSync(join(dir, "parts"));
  writeFileSync(join(dir, "parts", "a.html"), "<VIDEO src=a.mp4>");
  assert.equal(stampProject(dir).hasMedia, true);
  assert.notEqual(stampProject(dir).text, first.text);
  symlinkSync("/etc", join(dir, "link"));
  assert.equal(stampProject(dir), undefined, "links may lead out of it");
  assert.equal(stampProject(join(dir, "none")), undefined);
});
