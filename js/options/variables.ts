/** The environment variables that upstream's engine, producer and command `render` read. */
import { aboveZero, atLeast, type Check, whole } from "../base/checks.js";
import { defined } from "../base/defined.js";
import { type Option, options } from "./option.js";
import {
  FAST_CAPTURE,
  INTERNAL,
  NO_EXTRACTION,
  NO_PREDICTION,
  OF_CLI,
  OF_SERVER,
  OWN_SAMPLER,
  SEGMENTS,
} from "./reasons.js";
import { SETTINGS } from "./settings.js";

const MS = atLeast(1, "a number of milliseconds");
/** What is out of range is brought into it. */
const ANY: Check = (v) => (Number.isFinite(v) ? undefined : "a number");
const PROBE = "the GPU of the browser is chosen by one probe, which logs with HF_NATIVE_LOG=debug";
const INTERLEAVED = "workers always share one encoder; `workers: 1` gives a single one";
const COVERAGE =
  "missing source frames fail the render; HF_VIDEO_COVERAGE_THRESHOLD=0 leaves such clips empty instead";

const FLAG = { known: ["true", "false"], otherwise: "false" };
const GPU_MODE = { known: ["auto", "software", "hardware"], otherwise: "software" };
const SEGMENTED = {
  known: ["true", "false", "0", "off", "no"],
  anyCase: true,
  otherwise: "not given, so that the length decides",
};
const LOW_MEMORY = {
  known: ["true", "on", "1", "false", "off", "0"],
  anyCase: true,
  otherwise: "not given, so that the machine's memory decides",
};

/** Variables that become a setting. */
const OF_SETTINGS: Record<string, readonly [setting: string, holds?: Check | Option["words"]]> = {
  FFMPEG_ENCODE_TIMEOUT_MS: ["ffmpegEncodeTimeout", MS],
  FFMPEG_PROCESS_TIMEOUT_MS: ["ffmpegProcessTimeout", MS],
  FFMPEG_STREAMING_TIMEOUT_MS: ["ffmpegStreamingTimeout", MS],
  HF_DE_WORKER_ENCODE: ["enableDrawElementWorkerEncode"],
  HF_PAGE_SIDE_COMPOSITING: ["enablePageSideCompositing", FLAG],
  HF_STATIC_DEDUP: ["staticFrameDedup"],
  HYPERFRAMES_EXTRACT_CACHE_DIR: ["extractCacheDir"],
  HYPERFRAMES_EXTRACT_CACHE_MAX_MB: ["extractCacheMaxBytes"],
  PRODUCER_ALLOW_SOFTWARE_WEBGPU: ["allowSoftwareWebGpu", FLAG],
  PRODUCER_AUDIO_GAIN: ["audioGain", atLeast(0)],
  PRODUCER_BROWSER_GPU_MODE: ["browserGpuMode", GPU_MODE],
  PRODUCER_CHUNK_SIZE_FRAMES: ["chunkSizeFrames"],
  PRODUCER_CORES_PER_WORKER: ["coresPerWorker", aboveZero],
  PRODUCER_DISABLE_GPU: ["disableGpu", FLAG],
  PRODUCER_ENABLE_BROWSER_POOL: ["enableBrowserPool"],
  PRODUCER_ENABLE_CHUNKED_ENCODE: ["enableChunkedEncode"],
  PRODUCER_ENABLE_STREAMING_ENCODE: ["enableStreamingEncode"],
  PRODUCER_EXPECTED_CHROMIUM_MAJOR: ["expectedChromiumMajor", whole(1)],
  PRODUCER_EXPERIMENTAL_FAST_CAPTURE: ["useDrawElement"],
  PRODUCER_FORCE_SCREENSHOT: ["forceScreenshot", FLAG],
  PRODUCER_FRAME_DATA_URI_CACHE_BYTES_MB: ["frameDataUriCacheBytesLimitMb", ANY],
  PRODUCER_FRAME_DATA_URI_CACHE_LIMIT: ["frameDataUriCacheLimit", ANY],
  PRODUCER_HDR_AUTO_DETECT: ["hdrAutoDetect"],
  PRODUCER_HDR_TRANSFER: ["hdr"],
  PRODUCER_HEADLESS_SHELL_PATH: ["chromePath"],
  PRODUCER_LARGE_RENDER_THRESHOLD: ["largeRenderThreshold", whole(0)],
  PRODUCER_LOW_MEMORY_MODE: ["lowMemoryMode", LOW_MEMORY],
  PRODUCER_MAX_WORKERS: ["concurrency", whole(1)],
  PRODUCER_MIN_PARALLEL_FRAMES: ["minParallelFrames", whole(0)],
  PRODUCER_PAGE_NAVIGATION_TIMEOUT_MS: ["pageNavigationTimeout", MS],
  PRODUCER_PLAYER_READY_TIMEOUT_MS: ["playerReadyTimeout", MS],
  PRODUCER_PUPPETEER_LAUNCH_TIMEOUT_MS: ["browserTimeout", MS],
  PRODUCER_PUPPETEER_PROTOCOL_TIMEOUT_MS: ["protocolTimeout", MS],
  PRODUCER_RENDER_READY_TIMEOUT_MS: ["renderReadyTimeout"],
  PRODUCER_STREAMING_ENCODE_DURATION_CAP_ENABLED: ["streamingEncodeDurationCapEnabled"],
  PRODUCER_STREAMING_ENCODE_MAX_DURATION_SECONDS: ["streamingEncodeMaxDurationSeconds"],
  PRODUCER_VERIFY_HYPERFRAME_RUNTIME: ["verifyRuntime"],
  PRODUCER_VP9_CPU_USED: ["vp9CpuUsed", ANY],
};

/** Switches of upstream's fast capture, which works only on macOS and Windows. */
const FAST_CAPTURE_SWITCHES = [
  ...["HF_DE_BATCH", "HF_DE_FRAME_TIMEOUT_MS", "HF_DE_PARALLEL_MIN_FRAMES"],
  ...["HF_DE_PARALLEL_MIN_MEM_MB", "HF_DE_PARALLEL_PHASE_TIMEOUT_MS", "HF_DE_PARALLEL_ROUTER"],
  ...["HF_DE_PARALLEL_STALL_MS", "HF_DE_PARALLEL_STREAM", "HF_DE_PAR_DEBUG"],
  ...["HF_DE_SHORT_BAND_ROUTE", "HF_DE_SHORT_MAX_ELEMENTS", "HF_DE_SHORT_MIN_FRAMES"],
  ...["HF_DE_SINGLE_MIN_FRAMES", "HF_DE_STALL_MS", "HF_DE_VERIFY", "HF_DE_VERIFY_MIN_DB"],
  ...["HF_FAST_CAPTURE_3D", "HF_FAST_CAPTURE_ANCESTOR_BG", "HF_FAST_CAPTURE_AUTOALPHA"],
  ...["HF_FAST_CAPTURE_BLEND", "HF_FAST_CAPTURE_BOUNDARY_SS", "HF_FAST_CAPTURE_CSSFX"],
  ...["HF_FAST_CAPTURE_INTERVAL_FRACTION", "HF_FAST_CAPTURE_INTERVAL_SS"],
  ...["HF_FAST_CAPTURE_ROOT_PROPS", "HF_FORCE_DRAWELEMENT"],
];

const OTHERS = options("variable", [
  ["CONTAINER", "not of a render", OF_CLI],
  ["HDR_EXTRACTION_MAX_BYTES", "without effect", NO_EXTRACTION],
  [
    "HDR_TRANSFER_CACHE_MAX_BYTES",
    "honoured",
    "bytes of HDR images in memory",
    { number: whole(0) },
  ],
  ["HF_CAPTURE_PARALLEL_STREAM", "without effect", INTERLEAVED],
  ["HF_CHROME_MEMORY_SAMPLER", "without effect", OWN_SAMPLER],
  ["HF_CHROME_MEMORY_SAMPLE_MS", "without effect", OWN_SAMPLER],
  [
    "HF_PROFILE_FALLBACK_CAPTURE",
    "without effect",
    "there is no fallback between capture modes to profile; `--debug` prints the time of each step",
  ],
  [
    "HF_SEGMENTED_CAPTURE",
    "honoured",
    "`true`: what a render of any length has done outlives its process; `false`, `0`, `off`, `no`: of none",
    { words: SEGMENTED },
  ],
  [
    "HF_SEGMENTED_MIN_SECONDS",
    "honoured",
    "length from which that is so by itself, default 30",
    { number: atLeast(0) },
  ],
  ["HF_SEGMENT_BROWSER_RECYCLE", "without effect", SEGMENTS],
  [
    "HF_SEGMENT_FRAMES",
    "honoured",
    "frames of a segment, default 720, at least 30; rounded up to whole milliseconds",
    { number: whole(1) },
  ],
  [
    "HF_SHADER_POOL_TRACE",
    "without effect",
    "transitions are drawn by the addon; its log is HF_NATIVE_LOG=debug",
  ],
  ["HF_SHADER_WORKER_ENTRY", "not of a render", INTERNAL],
  ["HF_STATIC_DEDUP_SAMPLES", "without effect", NO_PREDICTION],
  ["HF_STATIC_DEDUP_VERIFY", "without effect", NO_PREDICTION],
  [
    "HF_TRANSITION_RING_DEPTH",
    "honoured",
    "frames of transitions that each worker blends at once",
    { number: whole(1) },
  ],
  [
    "HF_VIDEO_COVERAGE_THRESHOLD",
    "honoured",
    "share of a clip's frames that its source must give",
    { number: ANY },
  ],
  ["HF_VIDEO_EXTRACTION_FAILURE_MODE", "without effect", COVERAGE],
  ["HF_VIDEO_EXTRACTION_MAX_RETRIES", "without effect", COVERAGE],
  [
    "HYPERFRAMES_BROWSER_PATH",
    "honoured",
    "the browser's executable, after PRODUCER_HEADLESS_SHELL_PATH",
  ],
  ["HYPERFRAMES_DEBUG_GPU_PROBE", "without effect", PROBE],
  ["HYPERFRAMES_FONT_CACHE_DIR", "honoured", "the compile stage keeps fonts there"],
  ["HYPERFRAME_RUNTIME_URL", "not of a render", "the bundler of previews reads it"],
  ["HYPERFRAMES_DOCKER_PLATFORM", "not of a render", OF_CLI],
  ["HYPERFRAMES_FFMPEG_PATH", "honoured", "ffmpeg's executable"],
  ["HYPERFRAMES_FFPROBE_PATH", "honoured", "ffprobe's executable"],
  ["HYPERFRAMES_STDOUT_IS_TTY", "not of a render", OF_CLI],
  [
    "KEEP_TEMP",
    "honoured",
    "`1` keeps the compiled files of a render that succeeded, and tells where",
  ],
  [
    "PRODUCER_BEGINFRAME_PROBE_TIMEOUT_MS",
    "honoured",
    "deadline of the frame that proves the compositor alive",
    { number: whole(0) },
  ],
  ["PRODUCER_DEBUG_SEEK_DIAGNOSTICS", "honoured", "HyperFrames writes it into the page"],
  ["PRODUCER_DISABLE_HEALTH_WORKER", "not of a render", OF_SERVER],
  ["PRODUCER_HEALTH_PORT", "not of a render", OF_SERVER],
  [
    "PRODUCER_HYPERFRAME_MANIFEST_PATH",
    "honoured",
    "HyperFrames checks the page's runtime against it",
  ],
  ["PRODUCER_MAX_CONCURRENT_RENDERS", "not of a render", OF_SERVER],
  ["PRODUCER_OUTPUT_ARTIFACT_TTL_MS", "not of a render", OF_SERVER],
  ["PRODUCER_PORT", "not of a render", OF_SERVER],
  ["PRODUCER_RENDERS_DIR", "honoured", "the debug folder is beside it"],
  ["PRODUCER_RENDER_SEEK_STEP", "honoured", "HyperFrames writes it into the page"],
  ["PRODUCER_RUNTIME_RENDER_SEEK_MODE", "honoured", "HyperFrames writes it into the page"],
  [
    "PRODUCER_RUNTIME_RENDER_SEEK_OFFSET_FRACTION",
    "honoured",
    "HyperFrames writes it into the page",
  ],
  ["PRODUCER_TMP_PROJECT_DIR", "not of a render", OF_SERVER],
  [
    "WAYLAND_DISPLAY",
    "not of a render",
    "HyperFrames' GPU probe on WSL; a headless browser draws without a display",
  ],
  ["npm_package_version", "not of a render", INTERNAL],
]);

export const VARIABLES: Option[] = [
  ...Object.entries(OF_SETTINGS).map(([name, [sets, holds]]): Option => {
    const treatment = SETTINGS.find((one) => one.name === sets)?.treatment ?? "honoured";
    const checked = typeof holds === "function" ? { number: holds } : defined({ words: holds });
    return { kind: "variable", name, treatment, note: "see the setting", sets, ...checked };
  }),
  ...FAST_CAPTURE_SWITCHES.map(
    (name): Option => ({ kind: "variable", name, treatment: "without effect", note: FAST_CAPTURE }),
  ),
  ...OTHERS,
].sort((a, b) => (a.name < b.name ? -1 : 1));
