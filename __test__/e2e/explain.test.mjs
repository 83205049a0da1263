/** `hyperframes-native render --explain`: the plan, without a render. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit } from "./support/expect.mjs";
import { writeProject } from "./support/project.mjs";
import { cli } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

async function explain(t, { flags = [], env, seconds = 5, root }) {
  const ws = workspace(t);
  writeProject(ws, { seconds, ...(root && { root }) });
  const output = join(ws.out, "o.mp4");
  const end = await cli(ws, ["render", ws.project, "-o", output, ...flags], { env });
  assertExit(end, 0);
  assert.equal(existsSync(output), false, "nothing is rendered");
  await assertClean(ws);
  return end.stdout;
}

test("as JSON: route, mode, workers, budget, encoder line", async (t) => {
  const { route, reasons, producer, composition, plan } = JSON.parse(
    await explain(t, { flags: ["--explain=json", "-q", "draft"] }),
  );
  assert.deepEqual([route, reasons, producer.package], ["native", [], "hyperframes"]);
  assert.match(producer.version, /^\d+\.\d+\.\d+/);
  assert.deepEqual(composition, {
    entryFile: "index.html",
    width: 320,
    height: 180,
    staticDuration: 5,
  });
  assert.equal(plan.route, "native_streaming");
  assert.deepEqual([plan.outputWidth, plan.outputHeight, plan.format], [320, 180, "mp4"]);
  assert.equal(plan.totalFrames, 150);
  assert.equal(plan.capture.mode, process.platform === "linux" ? "beginframe" : "screenshot");
  assert.deepEqual(plan.capture.reasons.length === 0, plan.capture.mode === "beginframe");
  const { sizing, budget, encoder } = plan;
  assert.ok(Number.isInteger(sizing.workers) && sizing.workers >= 1);
  assert.match(
    sizing.boundBy,
    /^(?:explicit|too_few_frames|cpu|memory|frames|max_workers|min_parallel_floor|contention)$/,
  );
  assert.ok(budget.totalMib > 0 && budget.perWorkerMib > 0 && budget.lookAheadBytes > 0);
  assert.equal(budget.frameBytes % (320 * 180), 0);
  const line = encoder.join(" ");
  assert.match(line, /-c:v libx264 -preset ultrafast -crf 28 /);
  assert.match(line, /-framerate 30 -i - /);
});

test("what the user asks for shows in the plan", async (t) => {
  const flags = ["--explain=json", "--workers", "3", "--fps", "60", "--crf", "20"];
  const env = { PRODUCER_LOW_MEMORY_MODE: "true", HF_NATIVE_LANE: "lossless" };
  const { plan } = JSON.parse(await explain(t, { flags, env }));
  assert.deepEqual([plan.sizing.workers, plan.sizing.boundBy], [3, "explicit"]);
  assert.equal(plan.totalFrames, 300);
  assert.equal(plan.capture.mode, "screenshot");
  assert.match(plan.capture.reasons.join(), /low memory/);
  assert.match(plan.encoder.join(" "), /-crf 20 /);
  const { lane, checkOneIn, coverageThreshold } = plan.environment;
  assert.deepEqual([lane, checkOneIn, coverageThreshold], ["lossless", 400, 0.95]);
});

test("settings of worker sizing show in the plan", async (t) => {
  const flags = ["--explain=json"];
  const env = { PRODUCER_CORES_PER_WORKER: "1000", PRODUCER_LARGE_RENDER_THRESHOLD: "150" };
  const { plan } = JSON.parse(await explain(t, { flags, env }));
  assert.equal(plan.totalFrames, 150);
  // On one core there is a single worker anyway.
  const expected = plan.sizing.cpuBasedWorkers > 1 ? "contention" : "cpu";
  assert.deepEqual([plan.sizing.workers, plan.sizing.boundBy], [1, expected]);
});

test("as lines for people", async (t) => {
  const text = await explain(t, { flags: ["--explain"], seconds: 0.5 });
  for (const line of [
    /^engine: native$/m,
    /^compiled by: hyperframes \d/m,
    /^composition: index\.html, 320x180, 0\.5 s$/m,
    /^ {2}mode: \w+$/m,
    /^ {2}workers: 1$/m,
    /^ {2}boundBy: too_few_frames$/m,
    /^budget:\n(?: {2}\w+: \d+\n)* {2}totalMib: \d+$/m,
    /^encoder: .*-c:v libx264 /m,
  ]) {
    assert.match(text, line);
  }
});

test("an alpha format shows in the plan", async (t) => {
  const flags = ["--explain=json", "--format", "webm", "--crf", "30"];
  const { route, plan } = JSON.parse(await explain(t, { flags }));
  assert.deepEqual([route, plan.format, plan.capture.alpha], ["native", "webm", true]);
  assert.match(plan.encoder.join(" "), /-c:v libvpx-vp9 -b:v 0 -crf 30 .*-pix_fmt yuva420p/);
});

test("an input for the HyperFrames engine says why", async (t) => {
  const explanation = JSON.parse(
    await explain(t, { flags: ["--explain=json"], root: { "data-requires-webgpu": true } }),
  );
  assert.equal(explanation.route, "cli");
  assert.deepEqual(
    explanation.reasons.map(({ code }) => code),
    ["webgpu"],
  );
  assert.equal(explanation.plan, undefined);
});
