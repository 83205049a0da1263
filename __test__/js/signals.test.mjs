import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { guardSignals } from "../../dist/base/signal-guard.js";
import { project, tempDir } from "./support.mjs";

const url = (path) => JSON.stringify(new URL(path, import.meta.url).href);

const LINGERS = `await new Promise((done) => setTimeout(done, 5000));
    process.exit(7);`;

/** A process that renders without bringing a signal, and prints when the core has started. */
function renderer({ lines = "", end = LINGERS } = {}) {
  const dir = tempDir();
  const script = join(dir, "render.mjs");
  writeFileSync(
    script,
    `import { createEngine } from ${url("../../dist/job/engine.js")};
    import { createRenderJob } from ${url("../../dist/api/producer.js")};
    import { fakeBinding, fakeUpstream } from ${url("./support.mjs")};
    ${lines}
    const { binding, calls } = fakeBinding(async ({ cancelled, spec }) => {
      console.log("root " + spec.composition.documentPath);
      const alive = setInterval(() => {}, 1000);
      await cancelled;
      clearInterval(alive);
      return { code: "HF_NATIVE_CANCELLED", message: "cancelled" };
    });
    const engine = createEngine({ binding: () => binding });
    const job = createRenderJob({ fps: 30, quality: "draft" });
    const input = { job, projectDir: ${JSON.stringify(project())}, outputPath: ${JSON.stringify(join(dir, "o.mp4"))} };
    await engine.execute(fakeUpstream(), input).catch((error) => console.log("error " + error.message));
    console.log("calls " + calls.join(","));
    ${end}`,
  );
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  const started = new Promise((done) => {
    child.stdout.on("data", (data) => {
      out += data;
      if (out.includes("root ")) done(/root (.*)/.exec(out)[1]);
    });
  });
  const ended = new Promise((done) => {
    child.on("close", (code, signal) => done({ code, signal, out }));
  });
  return { child, started, ended };
}

test("a signal cancels the render, then takes its usual effect", { timeout: 30_000 }, async () => {
  const { child, started, ended } = renderer();
  const document = await started;
  assert.equal(existsSync(document), true);
  child.kill("SIGINT");
  const end = await ended;
  assert.equal(end.signal, "SIGINT");
  assert.match(end.out, /error render_cancelled/);
  assert.equal(existsSync(document), false);
});

test("a caller that exits with the error gets the signal's exit code", {
  timeout: 60_000,
}, async () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ]) {
    const { child, started, ended } = renderer({ end: "process.exit(1);" });
    await started;
    child.kill(signal);
    const end = await ended;
    assert.equal(end.code, code, signal);
    assert.match(end.out, /error render_cancelled/);
  }
});

test("a signal that somebody else handles is left to them", { timeout: 30_000 }, async () => {
  const { child, started, ended } = renderer({
    lines: 'process.on("SIGTERM", () => { console.log("theirs"); process.exit(5); });',
  });
  await started;
  child.kill("SIGTERM");
  const end = await ended;
  assert.equal(end.code, 5);
  assert.match(end.out, /theirs/);
  assert.doesNotMatch(end.out, /render_cancelled/);
});

test("guards are counted and leave no listener behind", () => {
  const before = process.listenerCount("SIGHUP");
  const first = guardSignals();
  const second = guardSignals();
  assert.equal(process.listenerCount("SIGHUP"), before + 1);
  first.release();
  first.release();
  assert.equal(process.listenerCount("SIGHUP"), before + 1);
  second.release();
  assert.equal(process.listenerCount("SIGHUP"), before);
  assert.equal(first.signal.aborted, false);
});
