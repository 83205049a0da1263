/**
 * The JSON that crosses between JavaScript and the native core. Everything sent or received has its
 * type here and nowhere else; the other side is `src/node/` and the structs it reads.
 */
import type { NativeErrorCode } from "../base/error-codes.js";
import type { NativeFormat } from "../base/formats.js";
import type {
  Fps,
  HdrMode,
  PerfSummary,
  Quality,
  RenderStatus,
  StageProgress,
} from "../base/types.js";

/** A reason for which the compile stage prefers the screenshot lane. */
export interface RenderModeReason {
  code: string;
  message: string;
}

/**
 * A project after upstream's compile stage: everything the native core needs to know about it.
 * `saveCompiled` and `loadCompiled` move it to disk and back.
 */
export interface CompiledComposition {
  schemaVersion: 1;
  /** The upstream package whose compile stage made it. */
  producer: { package: string; version: string };
  /** Absolute path; relative to the file when saved as `compiled.json`. */
  projectDir: string;
  /** Absolute path of the compiled HTML and the assets copied with it; relative when saved. */
  compiledDir: string;
  /** Final `index.html`: compiled HTML with runtime, stubs, virtual clock and bridge. */
  documentPath: string;
  /** `<script>` block to insert after `<head>` of every other served HTML file. */
  preHead: string;
  /** Entry within the project, with forward slashes. */
  entryFile: string;
  /** CSS pixels. */
  width: number;
  height: number;
  /** Seconds; 0 means that only the page can tell. */
  staticDuration: number;
  /** As upstream collects it for the root timeline. */
  media: {
    videos: Record<string, unknown>[];
    audios: Record<string, unknown>[];
    images: Record<string, unknown>[];
    /** JSON of the effects on the whole sound. */
    masterFxChain?: string;
  };
  hints: {
    recommendScreenshot: boolean;
    reasons: RenderModeReason[];
    shaderTransitions: boolean;
    /** Scripts of the page may set the volume of sounding elements. */
    scriptedVolume?: boolean;
    /** Some clips have no times of their own: they show while their scene does. */
    untimedClips?: boolean;
  };
}

/** One render, as the native core is told of it. */
export interface RenderSpec {
  jobId: string;
  composition: CompiledComposition;
  /** An absolute path. */
  output: { path: string; format: NativeFormat };
  fps: Fps;
  encode: EncodeSpec;
  /** Output pixels per CSS pixel. */
  deviceScaleFactor: number;
  /** Absent lets the plan decide. */
  workers?: number;
  /** Becomes `window.__hfVariables` in the page. */
  variables?: Record<string, unknown>;
  /** Script file that runs audio effects. */
  audioEffects?: string;
  /** Absent when the composition has no shader transitions. */
  transitions?: TransitionStyle;
  /** Absent means auto. */
  hdrMode?: HdrMode;
  engine: EngineSpec;
}

/** Encoder settings. */
export interface EncodeSpec {
  quality: Quality;
  crf?: number;
  videoBitrate?: string;
  /** How often a GIF plays, 0 for ever. */
  gifLoop?: number;
  /** Written into the file's metadata. */
  rendererVersion: string;
}

/** The look of shader transitions: that of upstream's previews, or that of its engine. */
export type TransitionStyle = "preview" | "engine";

/** The engine configuration, reduced to what the native core reads. Times in ms. */
export interface EngineSpec {
  browserPath?: string;
  ffmpegPath?: string;
  ffprobePath?: string;
  browserGpuMode: "auto" | "software" | "hardware";
  disableGpu: boolean;
  forceScreenshot: boolean;
  lowMemoryMode: boolean;
  /** Upper bound of automatic worker sizing; absent means automatic. */
  concurrency?: number;
  browserTimeoutMs: number;
  protocolTimeoutMs: number;
  playerReadyTimeoutMs: number;
  pageNavigationTimeoutMs: number;
  ffmpegProcessTimeoutMs: number;
  ffmpegStreamingTimeoutMs: number;
  /** Gain of the whole sound. */
  audioGain: number;
  /** libvpx's speed, -8 to 8. */
  vp9CpuUsed: number;
  expectedChromiumMajor?: number;
  /** Most memory for source frames, MiB. */
  frameCacheMib: number;
  /** Most converted source frames kept. */
  frameCacheEntries: number;
  /** Most transition frames of one worker that are blended at a time. */
  transitionRingDepth?: number;
  /** Most bytes of HDR images kept between frames. */
  hdrImageBytes?: number;
}

/** What is known of a render before its composition is compiled; starts a browser for it. */
export interface WarmRequest {
  /** Page size, CSS pixels. */
  width: number;
  height: number;
  workers?: number;
  engine: EngineSpec;
}

/** What the native core reports while it renders. */
export type NativeEvent =
  | {
      type: "progress";
      status: RenderStatus;
      percent: number;
      message: string;
      stage?: StageProgress;
      framesRendered?: number;
      totalFrames?: number;
    }
  | { type: "probed"; duration: number; totalFrames: number }
  | {
      type: "log";
      level: "debug" | "info" | "warn";
      message: string;
      meta?: Record<string, unknown>;
    }
  | { type: "warning"; code: string; message: string; details?: Record<string, unknown> };

/** Result of a finished native render. */
export interface NativeSummary {
  durationSeconds: number;
  totalFrames: number;
  /** Of a folder, the bytes of all its files. */
  outputBytes: number;
  /** Decibels by which the sound was lowered to stay below its ceiling. */
  audioLoweredDb?: number;
  perf?: PerfSummary;
  plan?: Record<string, unknown>;
}

/** Why a call of the native core failed. */
export interface NativeFailure {
  code: NativeErrorCode;
  message: string;
  stage?: string;
  retryable?: boolean;
  consoleTail?: string[];
}

/** Answer of the native core: `T` beside `ok`, or the failure. */
export type NativeReply<T = object> = ({ ok: true } & T) | { ok: false; error: NativeFailure };
