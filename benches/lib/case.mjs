/** Runs one case of a bench: its rounds with both engines, and its floor. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { interruptible, renderCommand, runRender } from "../../__test__/conformance/engines.mjs";
import { summarize } from "../../dist/bench/figures.js";
import { measureRender } from "../../dist/bench/measure.js";
import { nativeReport } from "../../dist/bench/native-report.js";
import { describe } from "./figures.mjs";
import { measureFloor } from "./floor/floor.mjs";
import { flatness, memoryCurve } from "./memory-curve.mjs";
import { countFrames, outputPath } from "./output.mjs";
import { FPS } from "./pages/project.mjs";

const RENDER_TIMEOUT_MS = 30 * 60_000;

/**
 * @typedef {object} BenchCase
 * @property {string} name
 * @property {keyof typeof import("./output.mjs").FORMATS} [format] default mp4
 * @property {number} [fps] default 30
 * @property {number} [scale] device pixels per CSS pixel that `flags` ask for; default 1
 * @property {string[]} [flags] of `hyperframes render`, beside those for format and rate
 * @property {Record<string, string>} [env] for both engines
 * @property {boolean} [onRequest] only run when `--case` names it
 * @property {() => Promise<import("./floor/video-floor.mjs").Window[]>} [windows] what is shown of source
 *   video; the floor then is that of decoding and encoding
 * @property {number} [settledFrames] keep memory over frames, and say how flat it is after these
 * @property {(judged: Judged) => Promise<string>} [judge] checks a native render; its answer is
 *   printed, its error fails the bench
 * @property {(dir: string) => Promise<string>} prepare writes a project into the empty folder and
 *   returns the folder to render
 */

/**
 * @typedef {object} Judged the last native render
 * @property {string} output
 * @property {Record<string, any> | undefined} report what the engine said of it
 * @property {(env: Record<string, string>) => Promise<string>} renderAgain with other variables than
 *   the case's; its output
 */

/**
 * @typedef {object} CaseOptions
 * @property {number} rounds
 * @property {("native" | "upstream")[]} engines in the order of each round
 * @property {string[]} flags for every render
 * @property {boolean} floor whether to measure it; needs upstream
 * @property {boolean} stages whether to ask the native engine for its time per stage
 */

/** Formats whose files keep the frames too badly to be encoded again, and what to render instead. */
const BETTER_SOURCE = { gif: { format: "mp4", flags: ["--crf", "1"] } };

/** `--format` and `--fps` of a case. */
function caseFlags({ format = "mp4", fps, flags = [] }, otherFormat = format) {
  const rate = fps === undefined ? [] : ["--fps", String(fps)];
  return [...(otherFormat === "mp4" ? [] : ["--format", otherFormat]), ...rate, ...flags];
}

class CaseRun {
  #dir;
  #project;
  #case;
  #options;
  /** Last measurement by engine. */
  #last = {};

  constructor(dir, project, benchCase, options) {
    this.#dir = dir;
    this.#project = project;
    this.#case = benchCase;
    this.#options = options;
  }

  get #format() {
    return this.#case.format ?? "mp4";
  }

  #output(name, format = this.#format) {
    return outputPath(this.#dir, name, format);
  }

  /**
   * A command whose engine finds no source frames of an earlier render. The CLI keeps a history of
   * each project, copied when it first renders it; each engine has its own, so that both begin
   * without one.
   */
  async #command(engine, output, flags, env = this.#case.env) {
    const allFlags = [...flags, ...this.#options.flags];
    const command = renderCommand(engine, this.#project, output, allFlags);
    const cache = path.join(this.#dir, "extracted");
    await rm(cache, { recursive: true, force: true });
    await mkdir(cache);
    const history = path.join(this.#dir, `history-${engine}`);
    command.env = {
      ...command.env,
      ...env,
      HYPERFRAMES_EXTRACT_CACHE_DIR: cache,
      HYPERFRAMES_HISTORY_ROOT: history,
    };
    return command;
  }

  /** Renders once; the output stays until the next render of the same engine. */
  async #measure(engine) {
    const output = this.#output(engine);
    await rm(output, { recursive: true, force: true });
    const command = await this.#command(engine, output, caseFlags(this.#case));
    const measurement = await interruptible((signal) =>
      measureRender(command, { timeoutMs: RENDER_TIMEOUT_MS, signal }),
    ).catch((error) => {
      error.message = `${engine}: ${error.message}`;
      throw error;
    });
    return { ...measurement, frames: await countFrames(output) };
  }

  /** All rounds, without what is long; the command lines of upstream's processes apart. */
  async rounds() {
    const rounds = [];
    let commands = [];
    for (let round = 1; round <= this.#options.rounds; round++) {
      const measured = {};
      for (const engine of this.#options.engines) {
        this.#last[engine] = await this.#measure(engine);
        const { commands: seen, memory, progress, text, ...measurement } = this.#last[engine];
        if (engine === "upstream") commands = seen;
        measured[engine] = measurement;
        const line = `${this.#case.name} round ${round} ${engine.padEnd(6)}`;
        console.log(`  ${line} ${describe(measurement)}`);
      }
      const { native, upstream } = measured;
      if (native && upstream && native.frames !== upstream.frames) {
        throw new Error(
          `${this.#case.name}: ${native.frames} frames, upstream has ${upstream.frames}`,
        );
      }
      rounds.push(measured);
    }
    return { rounds, commands };
  }

  async floor(frames, commands) {
    const better = BETTER_SOURCE[this.#format];
    let output = this.#output("upstream");
    if (better) {
      output = this.#output("source", better.format);
      const flags = [...caseFlags(this.#case, better.format), ...better.flags];
      await this.#renderUnmeasured("upstream", output, flags);
    }
    return measureFloor({
      dir: path.join(this.#dir, "compiled"),
      project: this.#project,
      format: this.#format,
      fps: this.#case.fps ?? FPS,
      scale: this.#case.scale,
      frames,
      output,
      outputFormat: better?.format ?? this.#format,
      commands,
      windows: await this.#case.windows?.(),
    });
  }

  /** Memory over frames of the last round, by engine. */
  curves() {
    const { settledFrames } = this.#case;
    const curves = {};
    for (const [engine, { memory, progress }] of Object.entries(this.#last)) {
      const points = memoryCurve(memory, progress);
      curves[engine] = { settledFrames, ...flatness(points, settledFrames), points };
    }
    return curves;
  }

  /** The case's own opinion of the last native render. */
  async judge() {
    return this.#case.judge({
      output: this.#output("native"),
      report: this.#last.native.report,
      renderAgain: async (env) => {
        const output = this.#output("again");
        await this.#renderUnmeasured("native", output, caseFlags(this.#case), { env });
        return output;
      },
    });
  }

  /** Milliseconds per frame of each stage, from one more render that says more. */
  async stages() {
    let stages;
    const output = this.#output("stages");
    const flags = [...caseFlags(this.#case), "--debug"];
    await this.#renderUnmeasured("native", output, flags, {
      onText: (text) => {
        stages = nativeReport(text)?.msPerFrame;
      },
    });
    if (!stages) throw new Error(`${this.#case.name}: the native engine named no stages`);
    return stages;
  }

  async #renderUnmeasured(engine, output, flags, { env, onText } = {}) {
    let text = "";
    const { code, tail } = await runRender(await this.#command(engine, output, flags, env), {
      timeoutMs: RENDER_TIMEOUT_MS,
      onText: (chunk) => {
        text += chunk;
      },
    });
    if (code !== 0) throw new Error(`${engine} ${flags.join(" ")}: ended with ${code}\n${tail}`);
    onText?.(text);
  }
}

/**
 * @param {BenchCase} benchCase
 * @param {CaseOptions} options
 * @returns {Promise<object>} its part of the report
 */
export async function runCase(benchCase, options) {
  const dir = await mkdtemp(path.join(os.tmpdir(), "hf-bench-"));
  try {
    await mkdir(path.join(dir, "project"));
    const project = await benchCase.prepare(path.join(dir, "project"));
    const run = new CaseRun(dir, project, benchCase, options);
    const { rounds, commands } = await run.rounds();
    const { frames } = Object.values(rounds[0])[0];
    const floor = options.floor ? await run.floor(frames, commands) : undefined;
    const stages = options.stages ? await run.stages() : undefined;
    const curves = benchCase.settledFrames === undefined ? undefined : run.curves();
    const judged = benchCase.judge && options.engines.includes("native");
    const verdict = judged ? await run.judge() : undefined;
    return {
      name: benchCase.name,
      flags: [...caseFlags(benchCase), ...options.flags],
      frames,
      summary: summarize(rounds),
      floor,
      stages,
      curves,
      verdict,
      rounds,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
