/** Browsers that grow give memory back, or are replaced between frames. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hashes } from "../faults/pictures.mjs";
import { leakingPage } from "./support/leaking.mjs";
import { page } from "./support/project.mjs";
import { facade } from "./support/run.mjs";
import { workspace } from "./support/workspace.mjs";

/** All renders of the process; a browser may hold less than half a gibibyte of it. MiB */
const LEDGER_MIB = "600";
const [SECONDS, FRAMES] = [2, 60];

/** A page on which one large picture comes after the other: 15 MiB each when decoded. */
const PICTURES = 30;
const ALBUM = {
  html: page({
    seconds: SECONDS,
    body: Array.from(
      { length: PICTURES },
      (_, i) =>
        `<img id="p${i}" src="p${i + 1}.jpg" style="position: absolute; left: 0; visibility: hidden">`,
    ).join("\n"),
    after: `<script>
      addEventListener("hf-seek", ({ detail }) => {
        const shown = Math.round(detail.time * ${FRAMES / SECONDS}) % ${PICTURES};
        document.querySelectorAll("img").forEach((image, i) => {
          image.style.visibility = i === shown ? "visible" : "hidden";
        });
      });
    </script>`,
  }),
  prepare(dir) {
    const source = ["-f", "lavfi", "-i", "testsrc2=s=2560x1600:r=30"];
    const pictures = ["-frames:v", String(PICTURES), join(dir, "p%d.jpg")];
    execFileSync("ffmpeg", ["-v", "error", ...source, ...pictures], { timeout: 30_000 });
  },
};

async function rendered(t, { html, prepare, ledgerMib = LEDGER_MIB, ...leaking }, workers = 1) {
  const ws = workspace(t);
  const index = html ?? leakingPage({ seconds: SECONDS, ...leaking });
  writeFileSync(join(ws.project, "index.html"), index);
  prepare?.(ws.project);
  const outputPath = join(ws.out, "o.mp4");
  const options = { projectDir: ws.project, outputPath, quality: "draft", workers };
  const env = { HF_NATIVE_LEDGER_MIB: ledgerMib };
  const request = { options, listens: true };
  const { result, error, heard } = await facade(ws, request, { env, timeoutMs: 120_000 });
  assert.equal(error, undefined);
  const frames = hashes(outputPath);
  assert.equal(frames.length, FRAMES);
  const { browsersRenewed: renewed, browsersAskedForMemory: asked } = result.perfSummary.native;
  return { frames, renewed, asked, heard };
}

test("a page that keeps more with every frame goes on in fresh browsers, and looks the same", async (t) => {
  const good = await rendered(t, { mibAFrame: 0 });
  assert.equal(good.renewed, 0);
  const leaking = await rendered(t, { mibAFrame: 20 });
  assert.ok(leaking.renewed >= 1 && leaking.renewed <= FRAMES / 8, `${leaking.renewed} browsers`);
  assert.deepEqual(leaking.frames, good.frames);
});

test("decoded images are dropped before a browser is replaced, and pictures stay", async (t) => {
  const wide = await rendered(t, { ...ALBUM, ledgerMib: "8000" });
  assert.equal(wide.renewed, 0);
  const short = await rendered(t, ALBUM);
  assert.ok(short.asked >= 1, "nothing was asked for");
  assert.equal(short.renewed, 0);
  assert.deepEqual(short.frames, wide.frames);
});

test("a page that is large from the start is not opened again and again", async (t) => {
  const { renewed } = await rendered(t, { mibAFrame: 0, mibAtStart: 500 });
  assert.equal(renewed, 0);
});

test("a page that depends on its frames before stays, whatever it keeps", async (t) => {
  const { renewed } = await rendered(t, { mibAFrame: 20, isStepwise: true });
  assert.equal(renewed, 0);
});
