#!/usr/bin/env node
/**
 * Draws `docs/transitions.png`: the middle of each transition of the fixture `transitions-page`, as
 * it looks by default and, below, with `--no-page-side-compositing`. Needs the builds.
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { renderCommand, runRender } from "../__test__/conformance/engines.mjs";
import { run } from "./lib/run.mjs";
import { materialize, repoRoot } from "./materialize.mjs";

const TIMEOUT_MS = 300_000;
const COLUMNS = 7;
/** First and following windows' middles, in frames: see the fixture. */
const [FIRST, STEP, COUNT] = [6, 12, 14];
const SIZE = "200:-1";

async function main() {
  const project = await materialize("transitions-page");
  const dir = await mkdtemp(path.join(os.tmpdir(), "hf-pictures-"));
  try {
    const files = [];
    for (const [name, flags] of [
      ["preview", []],
      ["engine", ["--no-page-side-compositing"]],
    ]) {
      const file = path.join(dir, `${name}.mp4`);
      const command = renderCommand("native", project, file, ["--crf", "8", ...flags]);
      const { code, tail } = await runRender(command, { timeoutMs: TIMEOUT_MS });
      if (code !== 0) throw new Error(`the ${name} look was not rendered:\n${tail}`);
      files.push(file);
    }
    const half = (input, from) => {
      const frames = Array.from({ length: COLUMNS }, (_, i) => FIRST + STEP * (from + i));
      const picked = frames.map((frame) => `eq(n,${frame})`).join("+");
      return `[${input}:v]select='${picked}',scale=${SIZE},tile=${COLUMNS}x1`;
    };
    const rows = [0, COLUMNS]
      .filter((from) => from < COUNT)
      .flatMap((from) => [0, 1].map((input) => [input, from]));
    const graph = rows.map(([input, from], row) => `${half(input, from)}[r${row}]`).join(";");
    const stacked = `${rows.map((_, row) => `[r${row}]`).join("")}vstack=inputs=${rows.length}`;
    const inputs = files.flatMap((file) => ["-i", file]);
    const output = path.join(repoRoot, "docs", "transitions.png");
    const args = [
      "-v",
      "error",
      "-nostdin",
      "-y",
      ...inputs,
      "-filter_complex",
      `${graph};${stacked}`,
    ];
    await run("ffmpeg", [...args, "-frames:v", "1", output], { timeoutMs: TIMEOUT_MS });
    console.log(path.relative(repoRoot, output));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(`transition-pictures: ${error.message}`);
  process.exitCode = 1;
});
