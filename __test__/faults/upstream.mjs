/** The same faults for the HyperFrames engine: its own CLI, without the hook. */
import { existsSync, readFileSync } from "node:fs";
import {
  browsersOf,
  decodersOf,
  encodersOf,
  processesOf,
  survivors,
  until,
} from "../e2e/support/processes.mjs";
import { startCli } from "../e2e/support/run.mjs";
import { probe } from "../e2e/support/video.mjs";
import { arrangeCell, strikeAt } from "./cell.mjs";
import { PAGES } from "./pages.mjs";
import { STAGE_MS } from "./stages.mjs";

/** After the fault; then it is ended. */
export const CAP_SECONDS = 120;
const GONE_WITHIN_MS = 2000;
const CAPTURING = /(?:Streaming|Capturing|Captured) frame \d+/i;

/** Where its stages are seen. Its decoders run before it captures, and its frames are small. */
const REACHED = {
  launch: ({ ws }) => until(() => browsersOf(ws.dir)[0], "browser", STAGE_MS),
  decode: ({ ws }) => until(() => decodersOf(ws)[0], "decoder", STAGE_MS),
  capture: ({ running }) => running.printed(CAPTURING, STAGE_MS),
  blend: ({ running }) => running.printed(CAPTURING, STAGE_MS),
  encode: async ({ ws, running }) => {
    await running.printed(CAPTURING, STAGE_MS);
    await until(() => encodersOf(ws.dir)[0], "encoder", STAGE_MS);
  },
};

/**
 * @param {import("./cell.mjs").Cell} cell
 * @returns {Promise<{ seconds: number, what: string, left: number, files: number }>} `left`: processes
 *   two seconds after its end; `files`: temporary files then
 */
export async function runBeside(cell) {
  const arranged = await arrangeCell(cell);
  const { ctx, stage, fault } = arranged;
  try {
    const env = { ...ctx.env, HYPERFRAMES_NATIVE: "off" };
    if (env.PRODUCER_HEADLESS_SHELL_PATH) {
      env.HYPERFRAMES_BROWSER_PATH = env.PRODUCER_HEADLESS_SHELL_PATH;
    }
    const args = ["render", ctx.ws.project, "-o", ctx.file, "--workers", "2", "-q", "draft"];
    const timeoutMs = STAGE_MS + CAP_SECONDS * 1000;
    const started = performance.now();
    ctx.running = await startCli(ctx.ws, args, {
      by: "upstream",
      env,
      timeoutMs,
      under: ctx.under,
    });
    const reached = REACHED[cell.stage] ?? stage.reached;
    const began = fault.strike ? await strikeAt(ctx, { ...stage, reached }, fault) : started;
    const late = setTimeout(() => ctx.running.child.kill("SIGKILL"), CAP_SECONDS * 1000);
    const end = await ctx.running.done;
    clearTimeout(late);
    const seconds = (performance.now() - began) / 1000;
    fault.release?.(ctx);
    const capped = seconds >= CAP_SECONDS;
    const left = await survivors(ctx.ws.dir, GONE_WITHIN_MS);
    return { seconds, what: whatOf(ctx, end, capped), left: left.length, files: filesLeft(ctx) };
  } catch (error) {
    const left = processesOf(ctx.ws.dir).length;
    return { seconds: 0, what: error.message.split("\n")[0], left, files: 0 };
  } finally {
    arranged.tidyUp();
  }
}

const filesLeft = ({ ws }) =>
  ws.leftovers().filter((path) => !path.includes("hyperframes-extract-cache")).length;

function whatOf(ctx, { code, signal, text }, capped) {
  if (capped) return `no end within ${CAP_SECONDS} s`;
  const before = existsSync(ctx.file) && readFileSync(ctx.file).length < 100;
  if (code === 0) return before ? "says that all is well, no file" : fileOf(ctx);
  const kept = before || ctx.gone ? "" : "; what was at the destination is gone";
  if (signal) return `ends by ${signal}${kept}`;
  const lines = text.split("\n").map((line) => line.replace(/^\W+/, "").trim());
  const telling = /fail|error|cannot|timed out|ENOSPC|closed/i;
  const said = lines.filter(
    (line) => telling.test(line) && !/^(?:Render failed$|(?:INFO|DEBUG)\])/i.test(line),
  );
  return `error: ${said.at(-1)?.slice(0, 140) ?? `exit code ${code}`}${kept}`;
}

function fileOf(ctx) {
  try {
    const { frames } = probe(ctx.file);
    const due = PAGES[ctx.page].frames;
    return frames === due
      ? "the file"
      : `a file of ${frames} instead of ${due} frames, called complete`;
  } catch {
    return "a file that cannot be read, called complete";
  }
}
