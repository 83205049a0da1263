/** Renders and open compositions of one process share its memory. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Sampler } from "../load/sampler.mjs";
import { survivors } from "./support/processes.mjs";
import { writeProject } from "./support/project.mjs";
import { facade, start } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

const MANY_JOBS = fileURLToPath(new URL("../load/many-jobs.mjs", import.meta.url));
const FRAMES = fileURLToPath(new URL("support/frames-child.mjs", import.meta.url));
/** Room for two small renders. */
const LEDGER_MIB = 900;

/** A small page in a workspace, and what starts a program there whose renders may hold `mib`. */
function setUp(t) {
  const ws = workspace(t);
  writeProject(ws);
  const run = async (script, request, mib, watch = () => undefined) => {
    const env = { ...ws.env(), HF_NATIVE_LEDGER_MIB: String(mib) };
    const running = start(process.execPath, [script, JSON.stringify(request)], {
      cwd: ws.dir,
      env,
      timeoutMs: 60_000,
    });
    watch(running.child.pid);
    const end = await running.done;
    assert.equal(end.code, 0, end.text);
    return JSON.parse(end.stdout.trim().split("\n").at(-1));
  };
  return { ws, run };
}

test("renders side by side stay below the memory of their process, and all are made", async (t) => {
  const { ws, run } = setUp(t);
  let sampler;
  const request = { project: ws.project, outDir: ws.out, jobs: 5, options: { quality: "draft" } };
  const renders = await run(MANY_JOBS, request, LEDGER_MIB, (pid) => {
    sampler = new Sampler(pid);
  });
  const { mib, encoders } = sampler.stop();
  for (const { error, granted } of renders) {
    assert.equal(error, undefined);
    assert.equal(granted.processMib, LEDGER_MIB);
    assert.ok(granted.memoryMib <= LEDGER_MIB);
  }
  assert.ok(mib <= LEDGER_MIB, `${mib} MiB`);
  assert.ok(encoders <= 2, `${encoders} encoders`);
  const waited = renders.filter((one) => one.waited);
  assert.ok(waited.length >= 2, "those for which there was no room said so");
  for (const { granted } of waited) assert.ok(granted.waitedMs > 0);
  assert.deepEqual(await survivors(ws.dir, 4000), []);
});

test("a composition that nobody uses gives its memory to a render, and opens again", async (t) => {
  const { ws, run } = setUp(t);
  const request = { project: ws.project, steps: ["yields"], out: ws.out };
  const { yields } = await run(FRAMES, request, 500);
  assert.equal(yields.waited, true);
  assert.equal(yields.same, true);
  assert.deepEqual(await survivors(ws.dir, 4000), []);
});

test("what ulimit allows a process is a limit of the memory that renders plan with", {
  skip: process.platform === "linux" ? false : "prlimit is a program of Linux",
}, async (t) => {
  const ws = workspace(t);
  writeProject(ws);
  const limitMib = 1800;
  const options = { projectDir: ws.project, outputPath: join(ws.out, "o.mp4"), quality: "draft" };
  const under = ["prlimit", `--data=${limitMib * 1024 * 1024}`];
  const { result, error } = await facade(ws, { options }, { under });
  assert.equal(error, undefined);
  assert.equal(result.perfSummary.native.budget.totalMib, limitMib / 2);
});
