/** Browsers that grow are replaced between frames. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hashes } from "../faults/pictures.mjs";
import { leakingPage } from "./support/leaking.mjs";
import { facade } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

/** All renders of the process; a browser may hold less than half a gibibyte of it. MiB */
const LEDGER_MIB = "600";
const [SECONDS, FRAMES] = [2, 60];

async function rendered(t, page, workers = 1) {
  const ws = workspace(t);
  writeFileSync(join(ws.project, "index.html"), leakingPage({ seconds: SECONDS, ...page }));
  const outputPath = join(ws.out, "o.mp4");
  const options = { projectDir: ws.project, outputPath, quality: "draft", workers };
  const env = { HF_NATIVE_LEDGER_MIB: LEDGER_MIB };
  const request = { options, listens: true };
  const { result, error, heard } = await facade(ws, request, { env, timeoutMs: 120_000 });
  assert.equal(error, undefined);
  const frames = hashes(outputPath);
  assert.equal(frames.length, FRAMES);
  return { frames, renewed: result.perfSummary.native.browsersRenewed, heard };
}

test("a page that keeps more with every frame goes on in fresh browsers, and looks the same", async (t) => {
  const good = await rendered(t, { mibAFrame: 0 });
  assert.equal(good.renewed, 0);
  const leaking = await rendered(t, { mibAFrame: 20 });
  assert.ok(leaking.renewed >= 1 && leaking.renewed <= FRAMES / 8, `${leaking.renewed} browsers`);
  assert.deepEqual(leaking.frames, good.frames);
});

test("a page that is large from the start is not opened again and again", async (t) => {
  const { renewed } = await rendered(t, { mibAFrame: 0, mibAtStart: 500 });
  assert.equal(renewed, 0);
});

test("a page that depends on its frames before stays, whatever it keeps", async (t) => {
  const { renewed } = await rendered(t, { mibAFrame: 20, isStepwise: true });
  assert.equal(renewed, 0);
});
