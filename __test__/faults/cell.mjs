/** Runs one cell of the fault matrix, and judges what came of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assertClean, assertUntouched, putExisting } from "../e2e/support/expect.mjs";
import { killRemaining, survivors } from "../e2e/support/processes.mjs";
import { facade, startFacade } from "../e2e/support/run.mjs";
import { workspace } from "../e2e/support/workspace.mjs";
import { FAULTS } from "./faults.mjs";
import { PAGES } from "./pages.mjs";
import { lookAt } from "./pictures.mjs";
import { STAGE_MS, STAGES } from "./stages.mjs";

/**
 * @typedef {object} Cell
 * @property {keyof typeof STAGES} stage
 * @property {keyof typeof FAULTS} fault
 * @property {import("./expected.mjs").Expected[]} expect any of these
 * @property {keyof typeof PAGES} [page] default the stage's
 * @property {boolean} [fast] whether it is part of `npm test`
 * @property {boolean} [beside] whether the HyperFrames engine goes through it, too
 * @property {string} [failing] why it is known to fail
 *
 * @typedef {object} Context what stages and faults see of a cell that runs
 * @property {string} id
 * @property {import("../e2e/support/workspace.mjs").Workspace} ws
 * @property {string} page
 * @property {string} file the destination
 * @property {boolean} [gone] whether the fault takes away what was at the destination
 * @property {Record<string, string>} env for the render
 * @property {string[]} under command that becomes the render
 * @property {(() => void)[]} cleanups after the cell
 * @property {import("../e2e/support/run.mjs").Running & { outcome: Promise<any> }} running
 *
 * @typedef {object} Outcome
 * @property {number} seconds from the fault, or from the start of a render under one, to the end
 * @property {number} bound seconds
 * @property {string} what came of it
 * @property {string} [problem] why the cell failed
 */

/** Deadlines of the renders: the usual ones are minutes. ms */
export const DEADLINES = {
  PRODUCER_PUPPETEER_LAUNCH_TIMEOUT_MS: "10000",
  PRODUCER_PUPPETEER_PROTOCOL_TIMEOUT_MS: "8000",
  PRODUCER_PAGE_NAVIGATION_TIMEOUT_MS: "10000",
  PRODUCER_PLAYER_READY_TIMEOUT_MS: "10000",
  PRODUCER_BEGINFRAME_PROBE_TIMEOUT_MS: "8000",
  FFMPEG_STREAMING_TIMEOUT_MS: "8000",
  FFMPEG_PROCESS_TIMEOUT_MS: "8000",
  FFMPEG_ENCODE_TIMEOUT_MS: "8000",
  HYPERFRAMES_NATIVE_COMPILE_TIMEOUT_MS: "20000",
};
const OPTIONS = { workers: 2, quality: "draft" };
/** What a render may take beyond its bound before it is killed, ms. */
const LATE_MS = 20_000;
/** Children may need a moment after Node. */
const GONE_WITHIN_MS = 2000;

/** @param {Cell} cell */
export const nameOf = ({ stage, fault, page }) => `${stage}: ${fault}${page ? ` (${page})` : ""}`;

/**
 * @param {Cell} cell
 * @returns {string | undefined} why this machine cannot run it
 */
export const lackingFor = ({ fault }) => FAULTS[fault].lacks?.();

/**
 * Runs a cell to its end.
 *
 * @param {Cell} cell
 * @returns {Promise<Outcome>} never rejects
 */
export async function runCell(cell) {
  const outcome = { seconds: 0, bound: FAULTS[cell.fault].bound, what: "nothing" };
  let arranged;
  try {
    arranged = await arrangeCell(cell);
    await run(cell, arranged, outcome);
  } catch (error) {
    outcome.problem = error.message;
  }
  const untidy = arranged?.tidyUp();
  if (untidy) outcome.problem ??= `cannot be tidied up: ${untidy}`;
  return outcome;
}

let number = 0;

/**
 * A place for a cell, with its page, everything that stage and fault need, and a file at the destination.
 *
 * @param {Cell} cell
 * @returns {Promise<{ ctx: Context, stage: import("./stages.mjs").Stage, fault: import("./faults.mjs").Fault,
 *   tidyUp: () => string | undefined }>} `tidyUp` ends what is left and says what went wrong with it
 */
export async function arrangeCell(cell) {
  const [stage, fault] = [STAGES[cell.stage], FAULTS[cell.fault]];
  const cleanups = [];
  const ws = workspace({ after: (cleanup) => cleanups.push(cleanup) });
  number += 1;
  /** @type {Context} */
  const ctx = {
    id: `hf-faults-${process.pid}-${number}`,
    ws,
    page: cell.page ?? stage.page,
    file: join(ws.out, "o.mp4"),
    env: { ...DEADLINES },
    under: [],
    cleanups,
    running: undefined,
  };
  stage.arrange?.(ctx);
  fault.arrange?.(ctx);
  putExisting(ctx.file);
  await PAGES[ctx.page].write(ws);
  const tidyUp = () => {
    let untidy;
    killRemaining(ws.dir);
    // Last what came first: the workspace.
    for (const cleanup of cleanups.reverse()) {
      try {
        cleanup();
      } catch (error) {
        untidy ??= error.message;
      }
    }
    return untidy;
  };
  return { ctx, stage, fault, tidyUp };
}

async function run(cell, { ctx, stage, fault }, outcome) {
  const began = await disturbed(ctx, stage, fault, cell);
  const { end, answer } = await endOf(ctx);
  outcome.seconds = (performance.now() - began) / 1000;
  fault.release?.(ctx);
  const left = await survivors(ctx.ws.dir, GONE_WITHIN_MS);
  const problems = [];
  if (end.timedOut) problems.push(`it did not end:\n${end.text.slice(-1500)}`);
  else if (outcome.seconds > outcome.bound) problems.push(`${outcome.seconds.toFixed(1)} s`);
  if (left.length > 0) problems.push(`processes left: ${left.join("; ")}`);
  const { what, problem } = await judge(cell, ctx, end, answer);
  outcome.what = what;
  if (problem) problems.push(problem);
  if (!end.timedOut) {
    await assertSwept(ctx, answer).catch((error) => problems.push(error.message));
  }
  if (problems.length > 0) outcome.problem = problems.join("\n");
}

/** Starts the render and strikes; gives the time at which the fault was there. */
async function disturbed(ctx, stage, fault, cell) {
  const { ws, file: outputPath } = ctx;
  const request = {
    options: { projectDir: ws.project, outputPath, ...OPTIONS },
    tell: true,
    abortable: cell.fault === "cancel",
  };
  const timeoutMs = STAGE_MS + fault.bound * 1000 + LATE_MS;
  const began = performance.now();
  ctx.running = startFacade(ws, request, { env: ctx.env, under: ctx.under, timeoutMs });
  // It is looked at after the end, and there is none when the process is killed before.
  ctx.running.outcome.catch(() => {});
  // A page that misbehaves does so by itself.
  return fault.strike ? strikeAt(ctx, stage, fault) : began;
}

/**
 * Waits until a render is in a stage, and lets the fault happen to it.
 *
 * @returns {Promise<number>} when that was, as `performance.now()` tells it
 * @throws {Error} when it never comes there; it is killed then
 */
export async function strikeAt(ctx, stage, fault) {
  await stage.reached(ctx).catch(async (error) => {
    ctx.running.child.kill("SIGKILL");
    const { text } = await ctx.running.done;
    throw new Error(`the stage was not reached: ${error.message}\n${text.slice(-1500)}`);
  });
  // Not on the edge of the stage.
  await sleep(20);
  const began = performance.now();
  await fault.strike(ctx);
  ctx.gate?.open();
  return began;
}

/** What the process and the render in it came to. */
async function endOf({ running }) {
  const end = await running.done;
  // Without an outcome the process was killed.
  const answer = await running.outcome.catch(() => undefined);
  return { end, answer };
}

async function judge(cell, ctx, end, answer) {
  const found = outcomeOf(end, answer);
  const wanted = cell.expect.find((expected) => matches(expected, found));
  if (!wanted) {
    return { what: found.text, problem: `${found.text}\n${end.text.slice(-1500)}` };
  }
  if (wanted.kind === "file") {
    const settings = { options: OPTIONS, env: DEADLINES };
    return lookAt(ctx.file, ctx.page, settings);
  }
  if (!ctx.gone) {
    try {
      assertUntouched(ctx.file);
    } catch (error) {
      return { what: found.text, problem: error.message };
    }
  }
  return { what: found.text };
}

/** How a render ended, in one word and in words. */
function outcomeOf({ signal, code }, answer) {
  if (answer?.result) return { kind: "file", text: "a file" };
  const { error } = answer ?? {};
  if (error?.name === "RenderCancelledError") return { kind: "cancelled", text: "cancelled" };
  if (error) {
    const text = `${error.code ?? error.name}: ${error.message.split("\n")[0]}`;
    return { kind: "error", code: error.code, message: error.message, text };
  }
  if (signal) return { kind: "signal", text: `the process ends by ${signal}` };
  return { kind: "none", text: `the process ends with ${code} and says nothing` };
}

const matches = (wanted, found) =>
  wanted.kind === found.kind &&
  (wanted.kind !== "error" || (wanted.code === found.code && wanted.message.test(found.message)));

/** Work folders are gone, or gone after the next render where nobody was there to remove them. */
async function assertSwept(ctx, answer) {
  const { ws } = ctx;
  if (!answer && ws.leftovers().length > 0) {
    await PAGES["box of four seconds"].write(ws);
    const options = { projectDir: ws.project, outputPath: ctx.file, ...OPTIONS };
    const { error } = await facade(ws, { options });
    assert.ok(!error, `the next render fails: ${error?.message}`);
  }
  await assertClean(ws);
}
