/** The browser that starts while the composition compiles. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { guessPageSize } from "../../dist/compile/page-size.js";
import { requestExplanation } from "../../dist/route/explain.js";
import { render } from "./fake-render.mjs";
import { fakeUpstream, project, tempDir } from "./support.mjs";

const page = (attributes, rest = "") =>
  `<html><head></head><body>\n<div id="a"\n ${attributes}></div>${rest}</body></html>`;
const SIZED = page('data-composition-id="main" data-width="320" data-height="180"');

for (const [name, html, expected] of [
  ["double quotes", SIZED, { width: 320, height: 180 }],
  [
    "other order, other quotes, lines between",
    page("data-height='1080' data-width=1920\n data-composition-id=x"),
    { width: 1920, height: 1080 },
  ],
  [
    "the first of several",
    page(
      'data-composition-id="a" data-width="8" data-height="9"',
      '<p data-composition-id="b" data-width="1" data-height="2">',
    ),
    { width: 8, height: 9 },
  ],
  ["no size", page('data-composition-id="a" data-width="8"'), undefined],
  ["no pixels", page('data-composition-id="a" data-width="0" data-height="9"'), undefined],
  ["another unit", page('data-composition-id="a" data-width="50%" data-height="auto"'), undefined],
  ["no composition", page('data-width="8" data-height="9"'), undefined],
  [
    "scripted video, which the HyperFrames engine renders",
    SIZED.replace("</body>", "<script>document.createElement('video')</script>"),
    undefined,
  ],
]) {
  test(`the size guessed: ${name}`, () => {
    assert.deepEqual(guessPageSize(project(html), "index.html"), expected);
  });
}

test("the size guessed: another entry file, a missing one", () => {
  const dir = project("<html></html>");
  mkdirSync(join(dir, "scenes"));
  writeFileSync(join(dir, "scenes", "one.html"), SIZED);
  assert.deepEqual(guessPageSize(dir, "scenes/one.html"), { width: 320, height: 180 });
  assert.equal(guessPageSize(dir, "two.html"), undefined);
});

/** The calls of the addon for a render of a page of known size. */
async function callsOf({ html = SIZED, ...options } = {}) {
  const projectDir = project(html);
  const run = await render(join(tempDir(), "o.mp4"), { projectDir, ...options });
  return { ...run, warmed: run.calls.filter((call) => call.startsWith("warm ")) };
}

test("it starts before compiling, with what the render itself asks for", async () => {
  let compiledAfter;
  let spec;
  const warmed = [];
  const upstream = fakeUpstream({
    duringCompile: () => {
      compiledAfter = warmed.length;
    },
  });
  const { result } = await callsOf({
    upstream,
    config: { workers: 3 },
    binding: { warmBrowser: (request) => warmed.push(JSON.parse(request)) },
    script: async (core) => {
      spec = core.spec;
    },
  });
  assert.equal(result.engine, "native");
  assert.equal(compiledAfter, 1);
  const { width, height, workers, engine } = warmed[0];
  assert.deepEqual([width, height, workers], [320, 180, 3]);
  // The real ffprobe is named once a script stands in for it, and is no matter of a browser.
  const { ffprobePath: _, ...asked } = spec.engine;
  assert.deepEqual(engine, asked);
});

test("it starts only where the native core will probably render", async () => {
  assert.equal((await callsOf()).warmed.length, 1);
  for (const config of [{ format: "dash" }, { outputResolution: "landscape-4k" }]) {
    assert.deepEqual((await callsOf({ config })).warmed, []);
  }
  assert.deepEqual((await callsOf({ html: page("") })).warmed, []);
  requestExplanation({ deliver() {} });
  try {
    assert.deepEqual((await callsOf()).warmed, []);
  } finally {
    requestExplanation(undefined);
  }
});

/** The calls without the request. */
const names = ({ calls }) => calls.map((call) => call.split(" ")[0]);

test("it ends with the job, also where nobody took it over", async () => {
  assert.deepEqual(names(await callsOf()), ["warm", "new", "run", "publish", "discard", "cool"]);
  const compileError = new Error("Entry file not found");
  const failed = await callsOf({ upstream: fakeUpstream({ compileError }) });
  assert.equal(failed.error, compileError);
  assert.deepEqual(names(failed), ["warm", "cool"]);
  const abort = new AbortController();
  const upstream = fakeUpstream({ duringCompile: () => abort.abort() });
  const cancelled = await callsOf({ upstream, signal: abort.signal });
  assert.equal(cancelled.job.status, "cancelled");
  assert.deepEqual(names(cancelled), ["warm", "cool"]);
});

test("it ends before the HyperFrames engine begins", async () => {
  const upstream = fakeUpstream({ said: { videoCount: 1 } });
  const { executeRenderJob } = upstream.namespace;
  const calls = [];
  let cooledBefore;
  upstream.namespace.executeRenderJob = (job, ...rest) => {
    if (!job.config.debug) cooledBefore = [...calls];
    return executeRenderJob(job, ...rest);
  };
  const binding = {
    warmBrowser: () => calls.push("warm"),
    coolBrowsers: async () => calls.push("cool"),
  };
  const { result } = await callsOf({ upstream, binding });
  assert.equal(result.engine, "cli");
  assert.deepEqual(cooledBefore, ["warm", "cool"]);
});

test("a browser that never ends holds nobody up", async () => {
  const began = performance.now();
  const { result } = await callsOf({ binding: { coolBrowsers: () => new Promise(() => {}) } });
  assert.equal(result.engine, "native");
  assert.ok(performance.now() - began < 4_000);
});

test("an output that cannot be is told before a browser starts", async () => {
  const folder = tempDir();
  const { error, calls } = await render(folder, { projectDir: project(SIZED) });
  assert.equal(error.code, "HF_NATIVE_OUTPUT");
  assert.deepEqual(calls, []);
});

test("an addon that will not is no reason to fail", async () => {
  const refusing = await callsOf({
    binding: {
      warmBrowser() {
        throw new Error("unreadable");
      },
    },
  });
  assert.equal(refusing.result.engine, "native");
  assert.ok(refusing.logger.lines.some((line) => line.startsWith("debug No browser was started")));
});
