/** Renders that have to fail, and how: by the CLI and by `renderJob`, side by side. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { assertClean, assertExit, assertUntouched, putExisting } from "./expect.mjs";
import { cli, facade } from "./run.mjs";
import { workspace } from "./workspace.mjs";

const WITHIN_MS = 15_000;

/**
 * @typedef {object} BadInput
 * @property {string} title
 * @property {(ws: import("./workspace.mjs").Workspace) => void} prepare makes the project, and
 *   whatever is bad
 * @property {RegExp} message that `renderJob` and the CLI give
 * @property {string} [code] of the error of `renderJob`; without it the error is the producer's
 * @property {RegExp} [cliMessage] where the CLI notices by itself and says it differently
 * @property {(ws: import("./workspace.mjs").Workspace) => Record<string, string>} [env]
 * @property {string[]} [flags] for the CLI
 * @property {object} [options] for `renderJob`
 * @property {number} [withinMs] how long each may take
 * @property {("cli" | "api")[]} [by] default both
 * @property {(error: any) => void} [check] of the error of `renderJob`
 * @property {boolean} [existing] whether a file is at the output path before; default true
 * @property {(ws: import("./workspace.mjs").Workspace, by: string) => string} [output] default a
 *   file of its own for each
 */

/**
 * Declares the test of one bad input: one clear error, failure, no file, no process, existing
 * output untouched, in bounded time.
 *
 * @param {BadInput} bad
 */
export function badInput(bad) {
  test(bad.title, async (t) => {
    const ws = workspace(t);
    bad.prepare(ws);
    const ways = bad.by ?? ["cli", "api"];
    const files = ways.map((by) => bad.output?.(ws, by) ?? join(ws.out, `${by}.mp4`));
    const existing = bad.existing ?? true;
    if (existing) for (const file of files) putExisting(file);
    const env = bad.env?.(ws);
    const runs = ways.map((by, i) =>
      by === "cli" ? byCli(ws, files[i], env, bad) : byApi(ws, files[i], env, bad),
    );
    // All of them, so that none is running when the first failure is told.
    const settled = await Promise.allSettled(runs);
    for (const { reason } of settled) if (reason) throw reason;
    await assertClean(ws);
    if (existing) for (const file of files) assertUntouched(file);
  });
}

async function byCli(ws, file, env, { flags = [], message, cliMessage, withinMs = WITHIN_MS }) {
  const end = await cli(ws, ["render", ws.project, "-o", file, ...flags], { env });
  assertExit(end, 1);
  assert.ok(end.ms < withinMs, `the CLI took ${end.ms} ms:\n${end.text}`);
  assert.match(end.stderr, cliMessage ?? message);
  // What the CLI says by itself has its own looks.
  if (!cliMessage) assert.equal(end.stderr.match(/^✗ /gm)?.length, 1, `one error:\n${end.stderr}`);
  assert.doesNotMatch(end.text, STACK);
}

async function byApi(ws, outputPath, env, { options, code, message, check, ...bad }) {
  const given = { projectDir: ws.project, outputPath, ...options };
  const { error, result, process: end } = await facade(ws, { options: given }, { env });
  assert.ok(!result, `it rendered ${result?.totalFrames} frames`);
  assert.match(error.message, message);
  assert.equal(error.code, code);
  assert.doesNotMatch(error.message, STACK);
  assert.ok(end.ms < (bad.withinMs ?? WITHIN_MS), `renderJob took ${end.ms} ms`);
  check?.(error);
}

/** Places in code are for developers. */
const STACK = /^\s+at .+:\d+:\d+\)?$/m;
