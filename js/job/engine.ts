/** One job from routing to the finished file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { takeAhead } from "../ahead/ahead.js";
import { WarmBrowser } from "../ahead/warm-browser.js";
import { asError, messageOf, NativeRenderError } from "../base/errors.js";
import { isLimited, pageLimitsOf } from "../base/page-limits.js";
import { guardSignals } from "../base/signal-guard.js";
import type { Logger, ProgressSink, RenderJob } from "../base/types.js";
import { compileTimeoutMs } from "../compile/compile-timeout.js";
import { type Compilation, compile } from "../compile/index.js";
import { ownEnvironment, skipKeyframeScans } from "../compile/keyframe-scan.js";
import { debugRoot, keepForDebugging } from "../observation/debug-files.js";
import { Observation } from "../observation/observation.js";
import { withRenderLog } from "../observation/render-log.js";
import { optionNotices } from "../options/notices.js";
import { checkGiven } from "../options/wrong-options.js";
import { type Explanation, explainRequest } from "../route/explain.js";
import { nativeMode } from "../route/mode.js";
import {
  addonReason,
  compositionReasons,
  configReasons,
  type RouteReason,
  routeLine,
} from "../route/route.js";
import { engineConfigOf } from "../upstream/engine-config.js";
import { assertQuality, cancelledError, isCancellation } from "../upstream/errors.js";
import type { Upstream } from "../upstream/types.js";
import { loadBinding, type NativeBinding, whyNotLoaded } from "../wire/binding.js";
import type { NativeSummary, RenderSpec } from "../wire/generated.js";
import { explainPlan, runNative, StartedRender } from "../wire/native-run.js";
import { buildRenderSpec, isSameRender } from "../wire/render-spec.js";
import { announce } from "./announce.js";
import { tellFinished } from "./finished.js";
import { formatNotes } from "./format-notes.js";
import { JobTracker } from "./job-tracker.js";
import { applyEvent } from "./native-events.js";
import { prepareOutput } from "./output-path.js";
import { withScriptedMedia } from "./scripted-media.js";
import { assertFfmpeg } from "./tool-paths.js";

/** Arguments of one execution; see `executeRenderJob`. */
export interface ExecuteInput {
  job: RenderJob;
  projectDir: string;
  outputPath: string;
  progress?: ProgressSink | undefined;
  signal?: AbortSignal | undefined;
  assertRenderActive?: (() => void) | undefined;
}

/** Parts that tests replace. */
export interface EngineParts {
  binding?: () => NativeBinding;
  stderr?: (text: string) => void;
}

/** Executes render jobs: on the native core, or on the HyperFrames engine for other inputs. */
export interface Engine {
  execute(upstream: Upstream, input: ExecuteInput): Promise<ExecutionResult>;
}

/** Which engine rendered a job; `explained` when a plan was asked for instead. */
export interface ExecutionResult {
  /** `cli` is the HyperFrames engine. */
  engine: "native" | "cli" | "explained";
  reasons: RouteReason[];
  summary?: NativeSummary;
}

/** Creates an engine. It has no state, so jobs may run concurrently. */
export function createEngine(parts: EngineParts = {}): Engine {
  return {
    async execute(upstream, input) {
      if (input.signal) return new Execution(upstream, input, input.signal, parts).run();
      const guard = guardSignals();
      try {
        return await new Execution(upstream, input, guard.signal, parts, guard.release).run();
      } finally {
        guard.release();
      }
    },
  };
}

/** The engine of this process, with the real addon. */
export const defaultEngine = createEngine();

/** The execution of one job: routing, compile stage, native core. */
class Execution {
  readonly #binding: () => NativeBinding;
  readonly #logger: Logger | undefined;
  readonly #tracker: JobTracker;
  readonly #warmBrowser: WarmBrowser;
  readonly #observation: Observation;
  /** Where the files of a render with `debug` are kept. */
  readonly #debugDir: string | undefined;
  #compilation: Compilation | undefined;
  /** Was begun before this job, and is not yet known to be its render. */
  #ahead: StartedRender | undefined;
  #endSkipping: (() => void) | undefined;

  constructor(
    private readonly upstream: Upstream,
    private readonly input: ExecuteInput,
    private readonly signal: AbortSignal,
    private readonly parts: EngineParts,
    /** Called before the HyperFrames engine takes the job: it handles signals itself. */
    private readonly releaseGuard?: () => void,
  ) {
    this.#binding = parts.binding ?? loadBinding;
    const { job } = input;
    const logger = job.config.logger ?? upstream.namespace.createConsoleLogger?.("info");
    const root =
      job.config.debug && !explainRequest() ? debugRoot(upstream, process.env) : undefined;
    this.#debugDir = root && join(root, job.id);
    this.#logger = logger && this.#debugDir ? withRenderLog(this.#debugDir, logger) : logger;
    this.#tracker = new JobTracker(job, input.progress, this.#logger);
    this.#observation = new Observation(job, this.#tracker.startedAt, this.#logger);
    this.#warmBrowser = new WarmBrowser(this.#binding, this.#logger);
  }

  async run(): Promise<ExecutionResult> {
    const reasons = configReasons(this.input.job.config);
    try {
      await this.#takeAhead();
      if (reasons.length > 0) return await this.#useUpstream(reasons);
      const failure = whyNotLoaded(this.#binding);
      if (failure) return await this.#useUpstream([addonReason(failure)], failure);
      this.#assertActive();
      this.#tracker.update("preprocessing", "Compiling composition", 5, { code: "compile" });
      this.#prepare();
      try {
        this.#compilation ??= await this.#awaits(
          "HyperFrames' compile stage",
          compileTimeoutMs(),
          this.#compileProject(),
        );
      } catch (error) {
        if (!isContractBreak(error) || this.signal.aborted) throw error;
        return await this.#useUpstream([{ code: "compile_contract", message: error.message }]);
      }
      this.#assertActive();
      const found = this.#route(this.#compilation);
      if (found.length > 0) return await this.#useUpstream(found);
      if (explainRequest()) return await this.#explain([]);
      this.#compilation = await this.#watchMedia(this.#compilation);
      const later = this.#route(this.#compilation);
      if (later.length > 0) return await this.#useUpstream(later);
      const { documentPath } = this.#compilation.composition;
      this.#observation.compiled(this.#compilation, readFileSync(documentPath, "utf8"));
      const summary = await this.#render(this.#compilation);
      this.#tracker.complete(this.input.outputPath);
      await this.#tracker.flush();
      this.#tell("native");
      return { engine: "native", reasons: [], summary };
    } catch (error) {
      throw await this.#settle(error);
    } finally {
      this.#tracker.heartbeat.stop();
      if (this.input.job.config.debug) this.#keepForDebugging();
      await this.#dispose();
    }
  }

  async #takeAhead(): Promise<void> {
    const { job, projectDir, outputPath } = this.input;
    const request = { config: job.config, projectDir, outputPath };
    const taking = takeAhead({ ...request, signal: this.signal, logger: this.#logger });
    const ahead = await this.#awaits(
      "the compile stage that began early",
      compileTimeoutMs(),
      taking,
    );
    this.#compilation = ahead?.compilation;
    this.#ahead = ahead?.started;
  }

  /** Checks the environment and the output, and starts a browser, before anything is compiled. */
  #prepare(): void {
    const { projectDir, outputPath } = this.input;
    const { config } = this.input.job;
    const settings = engineConfigOf(config, this.upstream.namespace);
    this.#observation.configured(settings);
    checkGiven(config, settings, process.env);
    assertFfmpeg(process.env);
    if (explainRequest()) return;
    prepareOutput({ projectDir, outputPath, format: config.format });
    // A browser that is up already reaches everything.
    if (this.#ahead || pageLimitsOf(config).network !== "all") return;
    this.#warmBrowser.start(projectDir, config, settings);
  }

  #compileProject(): Promise<Compilation> {
    const { job, projectDir } = this.input;
    this.#endSkipping = skipKeyframeScans();
    const options = { signal: this.signal, logger: this.#logger };
    return compile(this.upstream, projectDir, job.config, options);
  }

  /** Waits for what is given up after `limitMs` by itself, and says so while it lasts. */
  #awaits<T>(what: string, limitMs: number, work: Promise<T>): Promise<T> {
    return this.#tracker.heartbeat.during(what, limitMs, work);
  }

  #route(compilation: Compilation): RouteReason[] {
    return compositionReasons(compilation, this.input.job.config);
  }

  /** Completes the media lists by what a page shows that is played. */
  #watchMedia(compilation: Compilation): Promise<Compilation> {
    return withScriptedMedia({
      upstream: this.upstream,
      compilation,
      spec: () => this.#spec(compilation),
      binding: this.#binding,
      signal: this.signal,
      onEvent: (event) => applyEvent(event, this.#tracker, this.#logger),
      assertActive: () => this.#assertActive(),
      logger: this.#logger,
    });
  }

  /**
   * Gives the job to the HyperFrames engine, or refuses when only the native engine may run.
   *
   * @param failure why the native engine cannot run at all; thrown instead of the refusal
   */
  async #useUpstream(
    reasons: RouteReason[],
    failure?: NativeRenderError,
  ): Promise<ExecutionResult> {
    if (explainRequest()) return this.#explain(reasons);
    const isLimitedJob = isLimited(pageLimitsOf(this.input.job.config));
    if (failure && (nativeMode() === "only" || isLimitedJob)) throw failure;
    if (nativeMode() === "only") {
      const what = reasons.map((reason) => reason.message).join(", ");
      throw new NativeRenderError(
        "HF_NATIVE_UNSUPPORTED",
        `HYPERFRAMES_NATIVE=only, but the native engine does not cover ${what} yet.`,
        { stage: "route" },
      );
    }
    if (isLimitedJob) {
      const what = reasons.map((reason) => reason.message).join(", ");
      throw new NativeRenderError(
        "HF_NATIVE_UNSUPPORTED",
        `The HyperFrames engine has no limits for pages, and the native engine does not cover ${what} yet. ` +
          'Render it with pageNetwork: "all" and pageFiles: "all", if you trust the composition.',
        { stage: "route" },
      );
    }
    const level = failure ? "warn" : "info";
    announce(routeLine(reasons), this.input.job.config.logger, this.parts.stderr, level);
    await this.#dispose();
    this.#tracker.heartbeat.stop();
    await this.#tracker.flush();
    this.releaseGuard?.();
    const { job, projectDir, outputPath, progress, signal, assertRenderActive } = this.input;
    await this.upstream.namespace.executeRenderJob(
      job,
      projectDir,
      outputPath,
      progress,
      signal,
      assertRenderActive,
    );
    this.#tell("cli");
    return { engine: "cli", reasons };
  }

  #tell(engine: "native" | "cli"): void {
    const { outputPath, job } = this.input;
    tellFinished({ outputPath, engine, perfSummary: job.perfSummary });
  }

  async #render(compilation: Compilation): Promise<NativeSummary> {
    const { job, assertRenderActive } = this.input;
    const { namespace } = this.upstream;
    for (const line of [...formatNotes(job.config), ...this.#optionNotices()]) {
      this.#logger?.warn(line);
    }
    const started = await this.#start(this.#spec(compilation));
    this.#observation.console = (count) => started.consoleTail(count);
    const summary = await runNative({
      started,
      signal: this.signal,
      onEvent: (event) => {
        applyEvent(event, this.#tracker, this.#logger);
        this.#observation.event(event);
      },
      onStaged: (staged) => this.#observation.rendered(staged),
      assertActive: () => this.#assertActive(),
      assertQuality: () => assertQuality(namespace, job.config.strictness, job.warnings),
      assertRenderActive,
      awaits: (what, limitMs, work) => this.#awaits(what, limitMs, work),
      onUnclean: (state) => {
        this.#logger?.warn("The native core did not finish cleaning up.", { state });
      },
    });
    job.duration = summary.durationSeconds;
    job.totalFrames = summary.totalFrames;
    job.framesRendered = summary.totalFrames;
    if (summary.audioLoweredDb !== undefined) job.audioLoweredDb = summary.audioLoweredDb;
    const elapsed = Math.max(summary.perf.totalElapsedMs, Date.now() - this.#tracker.startedAt);
    this.#observation.published(elapsed);
    job.perfSummary = this.#observation.perf(summary, compilation, elapsed);
    return summary;
  }

  #optionNotices(): string[] {
    const { config } = this.input.job;
    const { namespace } = this.upstream;
    const { producerConfig: _, ...plain } = config;
    return optionNotices({
      config,
      settings: engineConfigOf(config, namespace),
      defaults: namespace.resolveConfig && engineConfigOf(plain, namespace),
      env: ownEnvironment(),
    });
  }

  /** The render with that specification: the one that was begun already, if it is the same. */
  async #start(spec: RenderSpec): Promise<StartedRender> {
    const ahead = this.#ahead;
    if (ahead && isSameRender(ahead.spec, spec)) {
      this.#ahead = undefined;
      return ahead;
    }
    await this.#endAhead();
    return new StartedRender(this.#binding(), spec);
  }

  async #endAhead(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    await ahead?.abandon("not wanted");
  }

  #spec(compilation: Compilation) {
    return buildRenderSpec({
      job: this.input.job,
      composition: compilation.composition,
      deviceScaleFactor: compilation.deviceScaleFactor ?? 1,
      audioEffects: compilation.audioEffects,
      outputPath: this.input.outputPath,
      namespace: this.upstream.namespace,
      rendererVersion: this.upstream.version,
      env: ownEnvironment(),
    });
  }

  async #explain(reasons: RouteReason[]): Promise<ExecutionResult> {
    const { package: name, version } = this.upstream;
    const explanation: Explanation = {
      route: reasons.length > 0 ? "cli" : "native",
      reasons,
      producer: { package: name, version },
    };
    if (this.#compilation) {
      const { entryFile, width, height, staticDuration } = this.#compilation.composition;
      explanation.composition = { entryFile, width, height, staticDuration };
      if (reasons.length === 0) {
        explanation.plan = await explainPlan(this.#binding(), this.#spec(this.#compilation));
      }
    }
    // The receiver may end the process: clean up before it.
    await this.#dispose();
    await this.#tracker.flush();
    await explainRequest()?.deliver(explanation);
    return { engine: "explained", reasons };
  }

  #assertActive(): void {
    if (this.signal.aborted) throw cancelledError(this.upstream.namespace, this.signal);
  }

  /** Ends the job as failed or cancelled. Gives the error to throw. */
  async #settle(reason: unknown): Promise<Error> {
    const { namespace } = this.upstream;
    const { signal } = this;
    if (this.input.job.completedAt) return asError(reason);
    let error = asError(reason);
    if (signal.aborted || isCancellation(error, namespace)) {
      const Cancelled = namespace.RenderCancelledError;
      if (!Cancelled || !(error instanceof Cancelled)) error = cancelledError(namespace, signal);
      this.#observation.cancelled(error.message);
      this.#tracker.cancel(error);
    } else {
      const stage = this.input.job.currentStage || "pipeline";
      this.#tracker.fail(error, this.#observation.failed(stage, error.message));
    }
    await this.#tracker.flush();
    return error;
  }

  async #dispose(): Promise<void> {
    const compilation = this.#compilation;
    this.#compilation = undefined;
    this.#endSkipping?.();
    await this.#endAhead();
    const ended = this.#warmBrowser.end();
    try {
      if (this.#keepsFiles() && compilation) {
        this.#logger?.info("[hyperframes-native] KEEP_TEMP=1: compiled files kept", {
          dir: compilation.keep(),
        });
      } else {
        await compilation?.dispose();
      }
    } catch (error) {
      this.#logger?.debug("Could not remove the compiled files.", { error: messageOf(error) });
    }
    await ended;
  }

  /** As upstream does: only of a render that succeeded. */
  #keepsFiles(): boolean {
    return process.env.KEEP_TEMP === "1" && this.input.job.status === "complete";
  }

  #keepForDebugging(): void {
    const composition = this.#compilation?.composition;
    if (!composition) return;
    const dir = this.#debugDir;
    if (!dir) return;
    try {
      keepForDebugging(dir, this.input.job, composition);
      this.#logger?.info("[hyperframes-native] Compiled files kept", { dir });
    } catch (error) {
      this.#logger?.warn("Could not keep the compiled files.", { error: messageOf(error) });
    }
  }
}

function isContractBreak(error: unknown): error is NativeRenderError {
  return error instanceof NativeRenderError && error.code === "HF_NATIVE_COMPILE_CONTRACT";
}
