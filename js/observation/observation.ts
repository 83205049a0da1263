/** What HyperFrames' callers are told about a render beside its result: trace, figures, circumstances. */
import { arch, cpus, platform, totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { defined } from "../base/defined.js";
import type { Logger, PerfSummary, RenderErrorDetails, RenderJob } from "../base/types.js";
import type { Compilation } from "../compile/index.js";
import type { Settings } from "../upstream/engine-config.js";
import type { NativeEvent, NativeSummary, StageProgress } from "../wire/generated.js";
import { browserDiagnostics, compositionHash, RenderTrace } from "./trace.js";

const MIB = 1024 * 1024;
/** Console lines that are looked at for counts, and those that a failure keeps: upstream's. */
const CONSOLE = { counted: 200, kept: 30 };

/** Observes one render of the native engine. */
export class Observation {
  readonly #trace: RenderTrace;
  #hasBegun = false;
  #settings: Settings = {};
  #compilation: Compilation | undefined;
  #hash: string | undefined;
  #workers: number | undefined;
  #summary: NativeSummary | undefined;
  /** Since when the page is asked; undefined before, and once its length is known. */
  #askedAt: number | undefined;
  readonly #peaks = { rss: 0, heap: 0 };
  /** The last lines that pages wrote to the console. */
  console: (count: number) => readonly string[] = () => [];

  constructor(
    private readonly job: RenderJob,
    startedAt: number,
    logger: Logger | undefined,
  ) {
    this.#trace = new RenderTrace(job.id, startedAt, logger);
  }

  /** The engine configuration is known. */
  configured(settings: Settings): void {
    this.#settings = settings;
  }

  /** The composition is compiled, and this engine renders it. */
  compiled(compilation: Compilation, html: string): void {
    this.#begin();
    this.#compilation = compilation;
    this.#hash = compositionHash(html);
    const { composition, deviceScaleFactor, timings } = compilation;
    const { width, height, media } = composition;
    const needsAlpha = hasAlpha(this.job.config.format);
    this.#trace.passed("compile", timings.stageMs + timings.documentMs, { needsAlpha });
    this.#trace.checkpoint("compile", "composition metadata resolved", {
      width,
      height,
      videoCount: media.videos.length,
      audioCount: media.audios.length,
      imageCount: media.images.length,
      deviceScaleFactor: deviceScaleFactor ?? 1,
      forceScreenshot: this.#forceScreenshot,
      compositionHash: this.#hash,
    });
    this.#askedAt = Date.now();
  }

  /** Follows the core. */
  event(event: NativeEvent): void {
    this.#sample();
    if (event.type === "probed") {
      this.#askedAt = undefined;
      this.#trace.checkpoint("browser_probe", "duration resolved", {
        durationSeconds: event.duration,
        totalFrames: event.totalFrames,
        compositionHash: this.#hash,
        beginFrameStalled: false,
      });
    }
    if (event.type === "progress" && event.stage) this.#stage(event.stage);
  }

  /** The core has made the file, which is not in its place yet. */
  rendered(summary: NativeSummary): void {
    this.#summary = summary;
    this.#workers = summary.perf.workers;
    const { hdr } = summary.perf.native ?? {};
    this.#trace.checkpoint("hdr_detection", "resolved", {
      requestedHdrMode: this.job.config.hdrMode ?? "auto",
      effectiveHdr: hdr ? "hdr" : "sdr",
    });
    const { videoCount, ...rest } = this.#extraction();
    this.#trace.checkpoint("video_extract", "frames resolved", { videoCount, ...rest });
    this.#trace.end("assemble");
  }

  /** The file is in its place. */
  published(totalElapsedMs: number): void {
    this.#trace.checkpoint("pipeline", "artifact validated", { totalElapsedMs });
  }

  /** The caller ended the render. */
  cancelled(message: string): void {
    if (this.#hasBegun) this.#fail("pipeline", message);
  }

  /** What a job keeps about its failure, beside the error. */
  failed(stage: string, message: string): Partial<RenderErrorDetails> {
    this.#begin();
    this.#fail(stage, message);
    const lines = this.console(CONSOLE.kept);
    const { timings } = this.#compilation ?? {};
    const perfStages = {
      ...(timings && stageTimes(timings)),
      ...this.#summary?.perf.stages,
    };
    return {
      ...(lines.length > 0 ? { browserConsoleTail: [...lines] } : {}),
      ...(Object.keys(perfStages).length > 0 ? { perfStages } : {}),
      observability: this.#observability(),
      ...(this.#compilation ? { subTimelineWait: this.#subTimelineWait() } : {}),
    };
  }

  /** `perfSummary`, from the core's figures and those of this process. */
  perf({ perf }: NativeSummary, compilation: Compilation, totalElapsedMs: number): PerfSummary {
    this.#sample();
    const { heap_size_limit: heapLimit } = getHeapStatistics();
    const { videos } = compilation.composition.media;
    return {
      ...perf,
      renderId: this.job.id,
      totalElapsedMs,
      workerSizing: {
        ...perf.workerSizing,
        heapLimitMb: Math.round(heapLimit / MIB),
        totalMemoryMb: Math.round(totalmem() / MIB),
        cpuCount: cpus().length,
        // Frames never enter the heap of JavaScript.
        exceedsHeapAdvisory: false,
      },
      stages: { ...perf.stages, ...stageTimes(compilation.timings) },
      ...(videos.length > 0 ? { videoExtractBreakdown: NOTHING_EXTRACTED } : {}),
      tmpPeakBytes: this.#summary?.outputBytes ?? 0,
      subTimelineWait: this.#subTimelineWait(),
      peakRssMb: Math.round(this.#peaks.rss / MIB),
      peakHeapUsedMb: Math.round(this.#peaks.heap / MIB),
      staticDedup: {
        enabled: this.#settings.staticFrameDedup === true,
        armed: false,
        predictedFrames: 0,
        reusedFrames: 0,
        skipReason: "capture_mode",
      },
      host: {
        platform: platform(),
        arch: arch(),
        cpuCount: cpus().length,
        totalMemMb: Math.round(totalmem() / MIB),
        nodeVersion: process.version,
        gpuDisabled: this.#settings.disableGpu === true,
      },
      observability: this.#observability(),
    };
  }

  /** Asking the page is no phase that begins and ends here, but it is one to fail in. */
  #fail(stage: string, message: string): void {
    if (this.#askedAt === undefined) {
      this.#trace.fail(stage, message);
      return;
    }
    const data = { forceScreenshot: this.#forceScreenshot, stagePhase: "calibrating" };
    this.#trace.fail("browser_probe", message, { at: this.#askedAt, data });
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const { format = "mp4", quality, workers } = this.job.config;
    this.#trace.checkpoint("pipeline", "started", {
      format,
      quality,
      ...this.#limits(),
      requestedWorkers: workers ?? "auto",
    });
  }

  #stage({ code, total }: StageProgress): void {
    const workerCount = this.#workers ?? 1;
    if (code === "start_browsers" && total !== undefined && this.#workers === undefined) {
      this.#workers = total;
      this.#trace.checkpoint("worker_resolution", "resolved", { workerCount: total });
    }
    if (code === "capture") {
      this.#strategy(workerCount);
      this.#trace.start("capture_streaming", this.#progressData());
    }
    if (code === "encode" || code === "assemble") {
      this.#trace.end("capture_streaming", this.#progressData());
    }
    if (code === "assemble") {
      const hasAudio = (this.#compilation?.composition.media.audios.length ?? 0) > 0;
      this.#trace.start("assemble", { ...this.#progressData(), hasAudio });
    }
  }

  #strategy(workerCount: number): void {
    this.#trace.once("capture_strategy", "resolved", { workerCount, ...this.#how() });
  }

  /** How frames are made, in HyperFrames' words: every frame goes straight to the encoder. */
  #how() {
    const isSequence = this.job.config.format === "png-sequence";
    const hasShaderTransitions = this.#compilation?.composition.hints.shaderTransitions === true;
    return {
      forceScreenshot: this.#forceScreenshot,
      captureBeyondViewport: false,
      useStreamingEncode: true,
      useLayeredComposite: false,
      usePageSideCompositing: false,
      hasHdrContent: Boolean(this.#summary?.perf.native?.hdr),
      hasShaderTransitions,
      isPngSequence: isSequence,
    };
  }

  #progressData() {
    const { totalFrames = 0, framesRendered = 0 } = this.job;
    return {
      stagePhase: "capturing",
      workerCount: this.#workers ?? 1,
      forceScreenshot: this.#forceScreenshot,
      totalFrames,
      framesCompleted: framesRendered,
      captureMode: this.#mode,
      captureOperation: this.#mode === "beginframe" ? "beginFrame" : "screenshot",
    };
  }

  get #mode(): string {
    const mode = this.#summary?.perf.native?.mode;
    return typeof mode === "string" ? mode : this.#forceScreenshot ? "screenshot" : "beginframe";
  }

  get #forceScreenshot(): boolean {
    return this.#settings.forceScreenshot === true;
  }

  #limits() {
    const { browserGpuMode, protocolTimeout, pageNavigationTimeout, playerReadyTimeout } =
      this.#settings;
    return {
      browserGpuMode: String(browserGpuMode ?? "auto"),
      forceScreenshot: this.#forceScreenshot,
      protocolTimeoutMs: protocolTimeout,
      pageNavigationTimeoutMs: pageNavigationTimeout,
      playerReadyTimeoutMs: playerReadyTimeout,
    };
  }

  #observability() {
    const { hasShaderTransitions: _, isPngSequence: __, ...how } = this.#how();
    const { media } = this.#compilation?.composition ?? {};
    return {
      ...this.#trace.summary(),
      ...defined({ compositionHash: this.#hash }),
      browserDiagnostics: browserDiagnostics(this.console(CONSOLE.counted)),
      capture: {
        ...this.#limits(),
        ...how,
        captureMode: this.#mode,
        capturePath: "streaming",
        ...defined({
          workerCount: this.#workers,
          audioCount: media?.audios.length,
          imageCount: media?.images.length,
        }),
      },
      ...(media ? { extraction: this.#extraction() } : {}),
      ...(this.#summary
        ? { init: { initDurationMs: this.#summary.perf.stages.captureSetupMs } }
        : {}),
    };
  }

  #extraction() {
    const videoCount = this.#compilation?.composition.media.videos.length ?? 0;
    const sources = this.#summary?.perf.native?.sourceFrames as SourceFrames | null | undefined;
    const frames = sources?.decodedFrames ?? 0;
    const shown = sources?.clips ?? 0;
    const counts = { videoCount, extractedVideoCount: shown, totalFramesExtracted: frames };
    if (videoCount === 0) return { ...counts, maxFramesPerVideo: 0 };
    return {
      ...counts,
      avgFramesPerExtractedVideo: shown > 0 ? Math.round(frames / shown) : 0,
      vfrProbeMs: 0,
      vfrPreflightMs: 0,
      vfrPreflightCount: 0,
      cacheHits: 0,
      cacheMisses: 0,
      transientRetries: 0,
    };
  }

  #subTimelineWait(): "ready" | "timeout" | "script_failure" {
    const has = (code: string) => this.job.warnings.some((warning) => warning.code === code);
    if (has("sub_timeline_script_failure")) return "script_failure";
    return has("sub_timeline_readiness_timeout") ? "timeout" : "ready";
  }

  #sample(): void {
    const { rss, heapUsed } = process.memoryUsage();
    this.#peaks.rss = Math.max(this.#peaks.rss, rss);
    this.#peaks.heap = Math.max(this.#peaks.heap, heapUsed);
  }
}

/** Sources are decoded while the page is captured: nothing is prepared before. */
const NOTHING_EXTRACTED = {
  resolveMs: 0,
  hdrProbeMs: 0,
  hdrPreflightMs: 0,
  hdrPreflightCount: 0,
  vfrProbeMs: 0,
  vfrPreflightMs: 0,
  vfrPreflightCount: 0,
  extractMs: 0,
  cacheHits: 0,
  cacheMisses: 0,
  cachePublishFailures: 0,
  cacheGcEvictions: 0,
  cacheGcBytesFreed: 0,
  cacheAgedPartialsCleared: 0,
  transientRetries: 0,
};

interface SourceFrames {
  clips: number;
  decodedFrames: number;
}

function stageTimes({ stageMs, documentMs }: Compilation["timings"]) {
  return { compileOnlyMs: stageMs, compileMs: stageMs + documentMs, videoExtractMs: 0 };
}

function hasAlpha(format: string | undefined): boolean {
  return format === "webm" || format === "mov" || format === "png-sequence" || format === "gif";
}
