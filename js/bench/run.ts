/** Renders a project with both engines in turn, and compares what came of it. */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { messageOf } from "../base/errors.js";
import { packageVersion } from "../base/packages.js";
import type { RenderTimes } from "../progress/times.js";
import type { Command } from "./child.js";
import { framePsnr, type MediaFacts, mediaFacts, soundDifference } from "./compare.js";
import { type EngineName, type Figures, type Round, type Summary, summarize } from "./figures.js";
import { type CliNews, type Measurement, measureRender } from "./measure.js";
import { writeSample } from "./sample.js";

/** A render that takes longer is ended. */
const RENDER_MS = 60 * 60_000;

/** What is measured, and how. */
export interface BenchOptions {
  /** Folder of the project; the sample of this package when left out. */
  project?: string | undefined;
  /** Flags of `hyperframes render` for both engines. */
  flags: readonly string[];
  /** Renders of each engine. */
  runs: number;
  engines: readonly EngineName[];
  /** The executables: HyperFrames' CLI and this package's command. */
  scripts: Record<EngineName, string>;
  /** Version of the CLI. */
  cliVersion: string;
  signal: AbortSignal;
  /** Another render begins, of so many. */
  onRender?: (engine: EngineName, number: number, of: number) => void;
  onNews?: (news: CliNews) => void;
  /** What comes after the renders. */
  onStage?: (text: string) => void;
  env?: NodeJS.ProcessEnv;
}

/** An engine's render failed; its other renders were left out. */
export interface BenchFailure {
  engine: EngineName;
  message: string;
}

/** What was measured. */
export interface BenchReport {
  /** The folder; absent for the sample of this package. */
  project?: string | undefined;
  flags: readonly string[];
  /** Of this package. */
  version: string;
  /** Of the HyperFrames CLI. */
  hyperframes: string;
  machine: { platform: string; arch: string; cores: number; model: string; memoryBytes: number };
  film?: MediaFacts | undefined;
  /** Rounds with both figures or one. */
  rounds: Round[];
  /** Medians. */
  summary: Summary;
  /** Decibels; absent where one engine alone rendered. */
  picture?: { isEqual: boolean; mean?: number; worst?: number } | undefined;
  /** Decibels below full scale; absent without sound in both. */
  sound?: { isEqual: boolean; rms?: number; peak?: number } | undefined;
  failures: BenchFailure[];
  /** What the time of the last native render went into. */
  times?: RenderTimes | undefined;
}

/** @throws the signal's reason; what fails in a render is in the report */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const dir = mkdtempSync(join(tmpdir(), "hf-native-bench-"));
  try {
    return await new Bench(options, dir).run();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

class Bench {
  readonly #failures: BenchFailure[] = [];
  readonly #rounds: Round[] = [];
  readonly #project: string;
  #times: RenderTimes | undefined;

  constructor(
    private readonly options: BenchOptions,
    private readonly dir: string,
  ) {
    this.#project = options.project ?? join(dir, "sample");
    if (options.project === undefined) writeSample(this.#project);
  }

  async run(): Promise<BenchReport> {
    const { engines, runs, signal, onRender } = this.options;
    let number = 0;
    for (let run = 0; run < runs; run++) {
      const round: Round = {};
      for (const engine of engines) {
        number += 1;
        if (this.#hasFailed(engine)) continue;
        onRender?.(engine, number, runs * engines.length);
        try {
          round[engine] = await this.#render(engine);
        } catch (error) {
          signal.throwIfAborted();
          this.#failures.push({ engine, message: messageOf(error) });
        }
      }
      if (Object.keys(round).length > 0) this.#rounds.push(round);
    }
    return this.#report();
  }

  #hasFailed(engine: EngineName): boolean {
    return this.#failures.some((failure) => failure.engine === engine);
  }

  #output(engine: EngineName): string {
    return join(this.dir, `${engine}.mp4`);
  }

  async #render(engine: EngineName): Promise<Figures> {
    const output = this.#output(engine);
    rmSync(output, { force: true });
    const { signal, onNews } = this.options;
    const how = { timeoutMs: RENDER_MS, signal, onNews };
    const measured = await measureRender(this.#command(engine, output), how);
    if (engine === "native") this.#times = timesIn(measured.text) ?? this.#times;
    return { ...figuresOf(measured), outputBytes: statSync(output).size };
  }

  /**
   * What a user would type, except that neither engine finds what an earlier render left: source frames
   * in a cache, or the CLI's copy of the project.
   */
  #command(engine: EngineName, output: string): Command {
    const { scripts, flags, env = process.env } = this.options;
    const cache = join(this.dir, "extracted");
    rmSync(cache, { recursive: true, force: true });
    mkdirSync(cache);
    // What a render leaves when it is ended early goes with the rest. A short name: Chrome's sockets are
    // far below.
    const temp = join(this.dir, "t");
    mkdirSync(temp, { recursive: true });
    return {
      file: process.execPath,
      args: [
        ...[scripts[engine], "render", this.#project, "-o", output, ...flags],
        ...(engine === "native" ? ["--explain=time-json"] : []),
      ],
      env: {
        ...env,
        ...{ TMPDIR: temp, TEMP: temp, TMP: temp },
        // Each has to do it alone, or to say why it cannot.
        HYPERFRAMES_NATIVE: engine === "native" ? "only" : "off",
        HYPERFRAMES_TELEMETRY: "0",
        DO_NOT_TRACK: "1",
        HYPERFRAMES_EXTRACT_CACHE_DIR: cache,
        HYPERFRAMES_HISTORY_ROOT: join(this.dir, `history-${engine}`),
      },
    };
  }

  async #report(): Promise<BenchReport> {
    const { options } = this;
    const made = options.engines.filter((engine) => !this.#hasFailed(engine));
    const facts = new Map<EngineName, MediaFacts>();
    for (const engine of made) {
      facts.set(engine, await mediaFacts(this.#output(engine), options.signal));
    }
    const [native, upstream] = [facts.get("native"), facts.get("upstream")];
    const machine = {
      platform: process.platform,
      arch: process.arch,
      cores: availableParallelism(),
      model: cpus()[0]?.model ?? "",
      memoryBytes: totalmem(),
    };
    return {
      project: options.project,
      flags: options.flags,
      version: packageVersion(),
      hyperframes: options.cliVersion,
      machine,
      film: native ?? upstream,
      rounds: this.#rounds,
      summary: summarize(this.#rounds),
      ...(native && upstream ? await this.#differences(native, upstream) : {}),
      failures: this.#failures,
      times: this.#times,
    };
  }

  /** How far both films are apart; what cannot be compared is a failure of the native engine's. */
  async #differences(native: MediaFacts, upstream: MediaFacts) {
    const { signal, onStage } = this.options;
    const files = [this.#output("native"), this.#output("upstream")] as const;
    onStage?.("comparing the pictures");
    if (native.frames !== upstream.frames) {
      const message = `${native.frames} frames; the HyperFrames engine has ${upstream.frames}`;
      this.#failures.push({ engine: "native", message });
      return {};
    }
    const { perFrame, mean } = await framePsnr(...files, signal);
    const picture = decibels({ mean, worst: Math.min(...perFrame) });
    if (!native.hasSound || !upstream.hasSound) return { picture };
    onStage?.("comparing the sound");
    return { picture, sound: decibels(await soundDifference(...files, signal)) };
  }
}

/** JSON has no infinity. */
function decibels<T extends Record<string, number>>(levels: T): { isEqual: boolean } & Partial<T> {
  const isEqual = Object.values(levels).every((level) => !Number.isFinite(level));
  const finite = Object.entries(levels).filter(([, level]) => Number.isFinite(level));
  return { isEqual, ...(Object.fromEntries(finite) as Partial<T>) };
}

function figuresOf(measured: Measurement): Figures {
  const { wallSeconds, cpuSeconds, cpuByKind, peakBytes, peakByKind } = measured;
  const nodePeakBytes = Math.max(0, ...measured.memory.map(({ byKind }) => byKind.node ?? 0));
  const { firstFrameSeconds, writtenBytes } = measured;
  return {
    ...{ wallSeconds, cpuSeconds, cpuByKind, peakBytes, peakByKind, nodePeakBytes },
    ...{ firstFrameSeconds, writtenBytes },
  };
}

/** What `--explain=time-json` printed. */
function timesIn(text: string): RenderTimes | undefined {
  const line = text.split("\n").findLast((one) => one.startsWith('{"engine":'));
  try {
    return line === undefined ? undefined : (JSON.parse(line) as { times?: RenderTimes }).times;
  } catch {
    return undefined;
  }
}
