/**
 * The JSON that crosses between JavaScript and the native core. Generated from the Rust types by
 * `npm run wire`: do not edit. Biome checks it but leaves its layout to the generator.
 */
import type { NativeErrorCode } from "../base/error-codes.js";

/** Checksum of the following text. An addon has that of the text it was built with. */
export const WIRE_VERSION = "4f88f906";

/** The layout of `CompiledComposition`. */
export const SCHEMA_VERSION = 1;

/** ffmpeg's names of the formats that media files may have. */
export const MEDIA_FORMATS =
  "3dostr,4xm,aa,aac,aax,ac3,ac4,ace,acm,act,adp,ads,adx,aea,afc,aiff,aix,amr,amrnb,amrwb,anm,apac,apc,ape,apm,apng,aptx,aptx_hd,argo_asf,argo_brp,argo_cvg,asf,asf_o,ast,au,av1,avi,avr,avs,avs2,avs3,bethsoftvid,bfi,bfstm,bink,binka,bit,bmp_pipe,bmv,boa,bonk,brender_pix,brstm,c93,caf,cavsvideo,cdg,cdxl,cine,codec2,cri_pipe,daud,dcstr,dds_pipe,derf,dfa,dhav,dirac,dnxhd,dpx_pipe,dsf,dsicin,dss,dts,dtshd,dv,dxa,ea,ea_cdata,eac3,epaf,evc,exr_pipe,film_cpk,filmstrip,fits,flac,flic,flv,frm,fsb,fwse,g722,g729,gdv,gem_pipe,genh,gif,gif_pipe,gsm,gxf,h261,h263,h264,hca,hcom,hdr_pipe,hevc,hnm,iamf,ico,idcin,iff,ifv,ilbc,image2,ingenient,ipmovie,ipu,ircam,iss,iv8,ivf,ivr,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_anim,jpegxl_pipe,jv,kux,kvag,laf,lc3,live_flv,lmlm4,loas,luodat,lvf,lxf,m4v,matroska,mca,mgsts,mjpeg,mjpeg_2000,mlp,mlv,mm,mmf,mods,moflex,mov,mp3,mpc,mpc8,mpeg,mpegts,mpegtsraw,mpegvideo,msf,msnwctcp,msp,mtaf,mtv,musx,mv,mvi,mxf,mxg,nc,nistsphere,nsp,nsv,nut,nuv,obu,ogg,oma,osq,paf,pam_pipe,pbm_pipe,pcx_pipe,pdv,pfm_pipe,pgm_pipe,pgmyuv_pipe,pgx_pipe,phm_pipe,photocd_pipe,pictor_pipe,pmp,png_pipe,pp_bnk,ppm_pipe,psd_pipe,psxstr,pva,pvf,qcp,qdraw_pipe,qoa,qoi_pipe,r3d,redspark,rka,rl2,rm,roq,rpl,rsd,rso,sbc,scd,sdns,sdr2,sds,sdx,ser,sga,sgi_pipe,shn,siff,simbiosis_imx,sln,smjpeg,smk,smush,sol,sox,spdif,sunrast_pipe,svag,svs,swf,tak,thp,tiertexseq,tiff_pipe,tmv,truehd,tta,txd,ty,usm,v210,v210x,vag,vbn_pipe,vc1,vc1test,vidc,vividas,vivo,vmd,voc,vpk,vqf,vvc,w64,wady,wav,wavarc,wc3movie,webm,webp_anim,webp_pipe,wsaud,wsd,wsvqa,wtv,wv,wve,xa,xbm_pipe,xmd,xmv,xpm_pipe,xvag,xwd_pipe,xwma,yop,yuv4mpegpipe";

/** What a job waits for. */
export type AwaitedThing = {
  /** In words, to go after "waits for". */
  what: string;
  /** For how long, milliseconds. */
  waitedMs: number;
  /** When it is given up: milliseconds from now. */
  leftMs?: number;
};

/** Frames that Chrome reported as undamaged, and others. */
export type BeginFrameReuse = {
  /** Equal to the frame before. */
  noDamageFrames: number;
  /** All others. */
  hasDamageFrames: number;
};

/** Counters of a pool. */
export type BlendPoolStats = {
  /** Threads that draw. */
  threads: number;
  /** Blends waiting or running now. */
  inFlight: number;
  /** The most of them so far. */
  peakInFlight: number;
  /** Blends that succeeded. */
  blended: number;
  /** Blends that ended with an error. */
  failed: number;
  /** Bytes of noise fields that are kept. */
  cachedBytes: number;
};

/** The space in which samples are averaged. */
export type BlurBlend = "srgb" | "linear";

/**
 * A project after upstream's compile stage: everything that a render needs to know about it.
 * `saveCompiled` and `loadCompiled` of JavaScript move it to disk and back.
 */
export type CompiledComposition = {
  /** Layout version, 1. */
  schemaVersion: number;
  /** Whose compile stage made it. */
  producer: ProducerIdentity;
  /**
   * Project folder, for assets that the compiled files lack. An absolute path; relative to the
   * file when saved as `compiled.json`.
   */
  projectDir: string;
  /** Folder of the compiled files and the assets copied with them; relative when saved. */
  compiledDir: string;
  /** Final `index.html`, with runtime, stubs, virtual clock and bridge; relative when saved. */
  documentPath: string;
  /** `<script>` block for the head of every other HTML file that is served. */
  preHead: string;
  /** Entry file within the project, with forward slashes. */
  entryFile: string;
  /** Composition width in CSS pixels. */
  width: number;
  /** Composition height in CSS pixels. */
  height: number;
  /** Seconds known without a page; 0 when the page must be asked. */
  staticDuration: number;
  /** Timed media of the root timeline. */
  media: MediaLists;
  /** What the compile stage noticed. */
  hints: RenderModeHints;
};

/** Encoder choices. */
export type EncodeSpec = {
  /** Preset. */
  quality: Quality;
  /** Constant rate factor instead of the preset's. */
  crf?: number;
  /** Bit rate such as `8M`. */
  videoBitrate?: string;
  /** Encode H.264 and H.265 on a GPU, where one can. */
  useGpu?: boolean;
  /** How often a GIF plays, 0 for ever. */
  gifLoop?: number;
  /** Seconds of an HLS segment. */
  hlsSegmentSeconds?: number;
  /** Version written into the file's tags. */
  rendererVersion: string;
};

/** Browser, tools and limits; times in milliseconds. */
export type EngineSpec = {
  /** Browser executable. */
  browserPath?: string;
  /** ffmpeg executable. */
  ffmpegPath?: string;
  /** ffprobe executable. */
  ffprobePath?: string;
  /** GL backend. */
  browserGpuMode: GpuPreference;
  /** Add `--disable-gpu`. */
  disableGpu: boolean;
  /** Never drive the compositor. */
  forceScreenshot: boolean;
  /** One worker, screenshots, small budgets. */
  lowMemoryMode: boolean;
  /** Upper bound of automatic worker counts. */
  concurrency?: number;
  /**
   * Cores that each worker is to have in long renders; absent unless the user set it, or the
   * threshold below.
   */
  coresPerWorker?: number;
  /** Frames from which a render is long. */
  largeRenderThreshold?: number;
  /** Frames from which there are at least two workers; absent unless the user set it. */
  minParallelFrames?: number;
  /** Browser start. */
  browserTimeoutMs: number;
  /** Any one protocol call. */
  protocolTimeoutMs: number;
  /** Each readiness step of a page. */
  playerReadyTimeoutMs: number;
  /** Navigation until DOMContentLoaded. */
  pageNavigationTimeoutMs: number;
  /** Short ffmpeg runs (mux). */
  ffmpegProcessTimeoutMs: number;
  /** How long the encoder may go without taking a frame; absent unless the user set it. */
  ffmpegStreamingTimeoutMs?: number;
  /** Each run that encodes frames from files: the passes of a GIF. */
  ffmpegEncodeTimeoutMs: number;
  /** Gain of the whole sound. */
  audioGain: number;
  /** libvpx's speed for VP9, -8 to 8. */
  vp9CpuUsed: number;
  /** Demanded Chromium major version. */
  expectedChromiumMajor?: number;
  /** Most memory for source frames, MiB. */
  frameCacheMib: number;
  /** Most converted source frames kept. */
  frameCacheEntries: number;
  /** Frames of transitions that each worker may have in blending, at least 1. */
  transitionRingDepth?: number;
  /** Most bytes of HDR images kept between frames. */
  hdrImageBytes?: number;
};

/** Frames per second, `num / den`; both at least 1. */
export type Fps = {
  /** Frames. */
  num: number;
  /** Seconds those frames take. */
  den: number;
};

/** The output frames from `from` to before `to`. */
export type FrameRange = {
  /** Number of the first frame. */
  from: number;
  /** Number after the last frame. */
  to: number;
};

/** One frame, and the file that is made of it. */
export type FrameRequest = {
  /** Number of the frame, from 0. */
  frame: number;
  /** The file. */
  still: Still;
};

/** Counters of a cache. */
export type FrameSourceCacheStats = {
  /** Entries held. */
  entries: number;
  /** Bytes held. */
  bytes: number;
  /** Most bytes held so far; never above the bound. */
  peakBytes: number;
  /** Requests answered from memory, or by a load that another request had begun. */
  hits: number;
  /** Requests that loaded. */
  misses: number;
  /** Entries dropped to make room. */
  evictions: number;
  /** Entries larger than the whole budget: handed out, never held. */
  oversized: number;
};

/** What the configuration asks for. */
export type GpuPreference = "auto" | "software" | "hardware";

/** What the user asked for. */
export type HdrMode = "auto" | "force-hdr" | "force-sdr";

/** Severity of a log line. */
export type LogLevel = "debug" | "info" | "warn";

/** Timed media of the root timeline, as upstream's `collectRenderMedia` lists them. */
export type MediaLists = {
  /** `<video>` clips. */
  videos: Record<string, unknown>[];
  /** Sounding elements. */
  audios: Record<string, unknown>[];
  /** Images. Entries without an id or a source are left out. */
  images: Record<string, unknown>[];
  /** JSON of the effects on the whole sound. */
  masterFxChain?: string;
};

/** What was new at one look at a page. */
export type MediaLook = {
  /** When, seconds on the composition's timeline. */
  time: number;
  /** The page's markup, without what tells nothing of media; absent without new elements. */
  html: string | null;
  /** Render ids of elements whose source is another one than at the look before. */
  changed: Array<string>;
};

/** How frames are blurred. */
export type MotionBlurSpec = {
  /** Samples of each frame, 1 to [`MOST_SAMPLES`]; without it as many as its movement needs. */
  samplesPerFrame?: number;
  /** How long the shutter is open, degrees of 360 a frame. */
  shutterAngle: number;
  /** From the frame's time to the opening of the shutter, degrees. */
  shutterPhase: number;
  /** What is averaged. */
  blend: BlurBlend;
};

/** What is told while a render runs. */
export type NativeEvent = {
  type: "progress";
  /** What the job is doing. */
  status: RunningStatus;
  /** 0 to 100, never falling. */
  percent: number;
  /** Upstream's stage text. */
  message: string;
  /** Upstream's stage code and counts. */
  stage: StageProgress;
  /** Frames captured, once capturing. */
  framesRendered?: number;
  /** Frames in all, once known. */
  totalFrames?: number;
} | {
  type: "heartbeat";
  /** For what; empty while it works. */
  awaits: Array<AwaitedThing>;
} | {
  type: "probed";
  /** Seconds. */
  duration: number;
  /** Frames. */
  totalFrames: number;
} | {
  type: "log";
  /** Severity. */
  level: LogLevel;
  /** The line. */
  message: string;
  /** Facts that belong to it. */
  meta?: Record<string, unknown>;
} | {
  type: "warning";
  /** Upstream's code. */
  code: string;
  /** What happened. */
  message: string;
  /** Upstream's facts about it. */
  details?: Record<string, unknown>;
};

/** Why a call failed. */
export type NativeFailure = {
  /** Stable code. */
  code: NativeErrorCode;
  /** What happened. */
  message: string;
  /** Upstream's name of the stage that failed. */
  stage: string;
  /** The same call may succeed when it is tried again. */
  retryable: boolean;
  /** The last lines that pages wrote to the console, oldest first. */
  consoleTail: Array<string>;
};

/** What a render makes. */
export type NativeFormat = "mp4" | "webm" | "mov" | "gif" | "png-sequence" | "hls";

/** Figures of a finished render. */
export type NativePerfSummary = {
  /** The job's id. */
  renderId: string;
  /** From the start of the job to the staged file. */
  totalElapsedMs: number;
  /** Frames per second. */
  fps: number;
  /** Preset. */
  quality: Quality;
  /** Capture workers that took part. */
  workers: number;
  /** How the number of workers came about. */
  workerSizing: Record<string, unknown>;
  /** Always false: frames are encoded in one stream. */
  chunkedEncode: boolean;
  /** Always null. */
  chunkSizeFrames: number | null;
  /** Seconds. */
  compositionDurationSeconds: number;
  /** Frames. */
  totalFrames: number;
  /** Of the output. */
  resolution: Resolution;
  /** Clips. */
  videoCount: number;
  /** Sounds. */
  audioCount: number;
  /** By stage. */
  stages: NativeStageSummary;
  /** Of capture, per frame. */
  captureAvgMs: number;
  /** What the frame in the middle took from its seek to its delivery, by that. */
  captureP50Ms?: number;
  /** What the slowest one took. */
  capturePeakMs?: number;
  /** What Chrome said of the frames. */
  beginFrameReuse: BeginFrameReuse;
  /** Figures that upstream does not have. */
  native: Record<string, unknown>;
};

/** The answer to a call. */
export type NativeReply<T> = {
  /** Always true. */
  ok: true;
  /** What was asked for. */
  value: T;
} | {
  /** Always false. */
  ok: false;
  /** Why. */
  error: NativeFailure;
};

/** Times by stage, ms. */
export type NativeStageSummary = {
  /** Starting browsers, loading and capturing. */
  captureMs: number;
  /** Starting browsers and loading. */
  captureSetupMs: number;
  /** Capturing. */
  captureFrameMs: number;
  /** Encoding, beside capture and after it. */
  encodeMs: number;
  /** Making the sound, beside capture; 0 without one. */
  audioProcessMs: number;
  /** Putting the file together. */
  assembleMs: number;
};

/** What a finished render is. */
export type NativeSummary = {
  /** Seconds. */
  durationSeconds: number;
  /** Frames. */
  totalFrames: number;
  /** Size of the artefact. */
  outputBytes: number;
  /** By how much the sound was lowered to stay below its ceiling, dB; absent when it was not. */
  audioLoweredDb?: number;
  /** What becomes `perfSummary`. */
  perf: NativePerfSummary;
  /** What was decided. */
  plan: Record<string, unknown>;
};

/** The artefact. */
export type OutputSpec = {
  /** Absolute path of the file. */
  path: string;
  /** What it is. */
  format: NativeFormat;
};

/** Which files a composition may use. */
export type PageFiles = "all" | "project";

/** What the pages of a render may reach. Without limits it is as much as any page in a browser. */
export type PageLimits = {
  /** On the network. */
  network: PageNetwork;
  /** On the disk. */
  files: PageFiles;
};

/** What pages reach on the network, beside the servers of their own render. */
export type PageNetwork = "all" | "public" | "none";

/** Which package's compile stage made a composition. */
export type ProducerIdentity = {
  /** npm package name. */
  package: string;
  /** Its version. */
  version: string;
};

/** Quality preset. */
export type Quality = "draft" | "standard" | "high";

/** What the compile stage noticed about how the page must be captured. */
export type RenderModeHints = {
  /** Capture through `Page.captureScreenshot`, not BeginFrame. */
  recommendScreenshot: boolean;
  /** Why so. */
  reasons: Array<RenderModeReason>;
  /** The page declares shader transitions. */
  shaderTransitions: boolean;
  /** There is sound, and scripts of the page name a volume. */
  scriptedVolume?: boolean;
  /**
   * Scripts may make or change media elements, or only the page knows their times: the media
   * lists are to be completed by what a page shows.
   */
  scriptedMedia?: boolean;
  /** Some clips have no times of their own: they show while their scene does. */
  untimedClips?: boolean;
};

/** A reason for which the compile stage prefers screenshots. */
export type RenderModeReason = {
  /** Stable code such as `iframe` or `requestAnimationFrame`. */
  code: string;
  /** Its explanation. */
  message: string;
};

/** One render. */
export type RenderSpec = {
  /** The job's id, for logs and folder names. */
  jobId: string;
  /** What to render. */
  composition: CompiledComposition;
  /** Where to. */
  output: OutputSpec;
  /** Output frame rate. */
  fps: Fps;
  /** How to encode. */
  encode: EncodeSpec;
  /** Output pixels per CSS pixel. */
  deviceScaleFactor: number;
  /** Worker count; absent lets the plan decide. */
  workers?: number;
  /** `window.__hfVariables`. */
  variables?: Record<string, unknown>;
  /** Script file of the producer's own audio effects; absent when no sound has effects. */
  audioEffects?: string;
  /** How transitions between scenes look; absent when the composition has none. */
  transitions?: TransitionStyle;
  /** Whether the output is to be HDR. */
  hdrMode?: HdrMode;
  /** Frames are averages of several pictures; absent when each is one. */
  motionBlur?: MotionBlurSpec;
  /**
   * Only these frames, as a chunk of a render: without sound, and with one key frame, the first,
   * so that chunks can be joined. Absent for all frames.
   */
  frames?: FrameRange;
  /**
   * With `frames` of a `png-sequence`: the sound of all frames beside them, to be joined with
   * chunks as a file of this format.
   */
  soundOfAll?: NativeFormat;
  /** Encode in segments that outlive a process that dies; absent when nothing is to be kept. */
  resume?: ResumeSpec;
  /** What its pages may reach. */
  pageLimits?: PageLimits;
  /** Browser, tools and limits. */
  engine: EngineSpec;
};

/** Pixels. */
export type Resolution = {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
};

/** How renders that end early are gone on with. */
export type ResumeSpec = {
  /** Frames of a segment, at least 1; absent when the plan is to choose. */
  segmentFrames?: number;
  /** Seconds that a render must last to be worth it. */
  minSeconds: number;
  /** Segments stay after a render that succeeded. */
  keep?: boolean;
};

/** Upstream's word for what a job is doing. */
export type RunningStatus = "rendering" | "encoding" | "assembling";

/** What is known of a session whose page is open. */
export type SessionFacts = {
  /** Length, seconds. */
  durationSeconds: number;
  /** Frames. */
  totalFrames: number;
  /** Frame rate. */
  fps: Fps;
  /** Width of frames, pixels. */
  width: number;
  /** Height of frames, pixels. */
  height: number;
  /** How frames are captured. */
  lane: string;
};

/** Stage code and counts of a progress event. */
export type StageProgress = {
  /** Upstream's code. */
  code: string;
  /** Units done. */
  done?: number;
  /** Units in all. */
  total?: number;
};

/** How a frame is made a picture file. */
export type Still = {
  /** The kind of file. */
  format: StillFormat;
  /** 1 to 100, of JPEG and WebP. */
  quality?: number;
  /** Keeps the page's transparency, which otherwise is white. */
  transparent?: boolean;
  /** Width of the picture, pixels; with the height alone it follows from that. */
  width?: number;
  /** Height of the picture, pixels; with the width alone it follows from that. */
  height?: number;
};

/** The kind of a picture file. */
export type StillFormat = "png" | "jpeg" | "webp";

/** Whose picture of a transition is drawn. */
export type TransitionStyle = "preview" | "engine";

/** What is known of a render before its composition is compiled. */
export type WarmRequest = {
  /** Page width, CSS pixels. */
  width: number;
  /** Page height, CSS pixels. */
  height: number;
  /** Worker count, when the caller gives one. */
  workers?: number;
  /** Browser and limits. */
  engine: EngineSpec;
  /** The job that will use it has not begun: a command line is starting. */
  isExpected: boolean;
};

/** What a page that was played told of its media. */
export type WatchedMedia = {
  /** The page's length, seconds. */
  duration: number;
  /** What was new, in ascending order of time; the first look is at the page's beginning. */
  looks: Array<MediaLook>;
};
