/**
 * A render that begins while the CLI still checks its surroundings. Its file appears only through the
 * job that the CLI then asks for, and only if that is the job that was expected.
 */

import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { settleWithin, untilAborted } from "../base/deadline.js";
import { TOOL_VARIABLES } from "../base/ffmpeg-tools.js";
import { onPath } from "../base/on-path.js";
import type { Logger, RenderConfig } from "../base/types.js";
import { type Compilation, compile } from "../compile/index.js";
import { explainRequest } from "../route/explain.js";
import { compositionReasons, configReasons } from "../route/route.js";
import type { Upstream } from "../upstream/types.js";
import { loadBinding, type NativeBinding } from "../wire/binding.js";
import type { RenderSpec } from "../wire/generated.js";
import { StartedRender } from "../wire/native-run.js";
import { buildRenderSpec } from "../wire/render-spec.js";
import { guessJob, isSameConfig, type JobGuess } from "./ahead-guess.js";
import { hasHeadStart } from "./head-start.js";
import { type ProjectStamp, stampProject } from "./project-stamp.js";

/** A render that no job has asked for is given up after this time. */
const LIFETIME_MS = 10_000;
/** How long compiling ahead may take to end once it is not wanted. */
const STOP_MS = 1_000;
/** Lines of the compile stage that are kept. */
const MAX_LINES = 200;
const BROWSER = "PRODUCER_HEADLESS_SHELL_PATH";

/** The job that asks for what was begun. */
export interface AheadRequest {
  config: RenderConfig;
  projectDir: string;
  outputPath: string;
  signal: AbortSignal;
  logger: Logger | undefined;
}

/** What is handed over: the compiled project, and the render that runs with it, if there is one. */
export interface AheadResult {
  compilation: Compilation;
  started?: StartedRender;
}

type Level = "error" | "warn" | "info" | "debug";

let waiting: AheadRender | undefined;

/**
 * Begins the render that a command line of the CLI asks for, where the project is small and has no
 * media. Nothing outside of a temporary folder is touched before {@link AheadRender.capture}.
 *
 * @param args the command line without node and script
 */
export function beginAhead(
  upstream: Upstream,
  args: readonly string[],
  binding: () => NativeBinding = loadBinding,
): AheadRender | undefined {
  if (waiting || explainRequest() || !hasHeadStart()) return undefined;
  const job = guessJob(args, process.env, upstream.namespace);
  if (!job || configReasons(job.config).length > 0) return undefined;
  const stamp = stampProject(job.projectDir);
  if (!stamp || stamp.hasMedia) return undefined;
  waiting = new AheadRender(upstream, job, stamp, binding);
  return waiting;
}

/**
 * Gives a job what was begun for it. What was begun for another job, or from files or an
 * environment that have changed, is ended. Never rejects.
 */
export async function takeAhead(request: AheadRequest): Promise<AheadResult | undefined> {
  const ahead = waiting;
  waiting = undefined;
  return ahead?.handOver(request);
}

/** See {@link beginAhead}. */
export class AheadRender {
  readonly #env = { ...process.env };
  readonly #stop = new AbortController();
  readonly #lines: [Level, string, Record<string, unknown> | undefined][] = [];
  readonly #compiling: Promise<Compilation | undefined>;
  readonly #expiry: NodeJS.Timeout;
  readonly #atExit = () => this.#abort("the process ends");
  #started: StartedRender | undefined;
  #isOpen = true;

  constructor(
    private readonly upstream: Upstream,
    private readonly job: JobGuess,
    private readonly stamp: ProjectStamp,
    private readonly binding: () => NativeBinding,
  ) {
    this.#expiry = setTimeout(() => void this.#end(), LIFETIME_MS).unref();
    // Before the handler that waits for browsers, and now for renders that were cancelled.
    process.prependOnceListener("exit", this.#atExit);
    this.#compiling = this.#compile().catch(() => undefined);
  }

  /** Starts capturing, once everything is compiled. The CLI has nothing against the project. */
  async capture(): Promise<void> {
    const compilation = await this.#compiling;
    const { outputPath } = this.job;
    if (!compilation || outputPath === undefined || !this.#isOpen) return;
    // A job that fails in between would leave a folder behind.
    if (!statSync(dirname(outputPath), { throwIfNoEntry: false })?.isDirectory()) return;
    if (statSync(outputPath, { throwIfNoEntry: false })?.isFile() === false) return;
    if (!this.#browser()) return;
    if (compositionReasons(compilation, this.job.config).length > 0) return;
    // A page has to be watched first.
    if (compilation.composition.hints.scriptedMedia) return;
    try {
      const spec = this.#spec(compilation, outputPath);
      this.#started = new StartedRender(this.binding(), spec);
    } catch {
      // The job itself will say why.
    }
  }

  /** See {@link takeAhead}. */
  async handOver(request: AheadRequest): Promise<AheadResult | undefined> {
    const { signal, logger } = request;
    const compiling = untilAborted(this.#compiling, signal, () => this.#stop.abort(signal.reason));
    const compilation = this.#fits(request) ? await compiling : undefined;
    if (!compilation || signal.aborted || !this.#isFresh()) {
      logger?.debug("A render was begun in vain.");
      await this.#end();
      return undefined;
    }
    this.#release();
    for (const [level, message, meta] of this.#lines) logger?.[level](message, meta);
    const started = this.#started;
    return { compilation, ...(started === undefined ? {} : { started }) };
  }

  #compile(): Promise<Compilation> {
    const { projectDir, config } = this.job;
    const signal = this.#stop.signal;
    return compile(this.upstream, projectDir, config, { signal, logger: this.#logger() });
  }

  /** The specification that the job will have, with the tools that the CLI will have found. */
  #spec(compilation: Compilation, outputPath: string): RenderSpec {
    const { namespace, version } = this.upstream;
    const { config } = this.job;
    const env = { ...this.#env };
    for (const [tool, variable] of Object.entries(TOOL_VARIABLES)) env[variable] ||= onPath(tool);
    return buildRenderSpec({
      job: { ...namespace.createRenderJob(config), id: randomUUID() },
      composition: compilation.composition,
      deviceScaleFactor: compilation.deviceScaleFactor ?? 1,
      audioEffects: compilation.audioEffects,
      outputPath,
      namespace,
      rendererVersion: version,
      env,
    });
  }

  #fits({ config, projectDir, outputPath }: AheadRequest): boolean {
    const { job } = this;
    return (
      resolve(projectDir) === job.projectDir &&
      (this.#started === undefined || resolve(outputPath) === job.outputPath) &&
      isSameConfig(config, job.config)
    );
  }

  /** Whether the project and the environment are still those that were compiled. */
  #isFresh(): boolean {
    const changed = Object.entries(this.#expectedEnv()).some(
      ([name, value]) => value !== process.env[name],
    );
    const isNew = Object.keys(process.env).some((name) => !(name in this.#expectedEnv()));
    return !changed && !isNew && stampProject(this.job.projectDir)?.text === this.stamp.text;
  }

  /** The environment as the CLI's checks are expected to leave it. */
  #expectedEnv(): NodeJS.ProcessEnv {
    const expected = { ...this.#env };
    for (const [tool, variable] of Object.entries(TOOL_VARIABLES))
      expected[variable] ||= onPath(tool);
    expected[BROWSER] ||= this.#browser() ?? process.env[BROWSER];
    return expected;
  }

  /** The browser that the environment names: another may be found by the CLI and by the core. */
  #browser(): string | undefined {
    return this.#env[BROWSER] || this.#env.HYPERFRAMES_BROWSER_PATH;
  }

  #logger(): Logger {
    const keep = (level: Level) => (message: string, meta?: Record<string, unknown>) => {
      if (this.#lines.length < MAX_LINES) this.#lines.push([level, message, meta]);
    };
    return {
      error: keep("error"),
      warn: keep("warn"),
      info: keep("info"),
      debug: keep("debug"),
    };
  }

  #abort(reason: string): void {
    this.#stop.abort(new Error(reason));
    this.#started?.render.cancel(reason);
  }

  async #end(): Promise<void> {
    this.#release();
    this.#stop.abort(new Error("not wanted"));
    await this.#started?.abandon("not wanted");
    const removed = this.#compiling.then((compilation) => compilation?.dispose());
    await settleWithin(removed, STOP_MS);
  }

  #release(): void {
    this.#isOpen = false;
    clearTimeout(this.#expiry);
    process.removeListener("exit", this.#atExit);
    if (waiting === this) waiting = undefined;
  }
}
