/**
 * Differences that have a reason. `path` is matched with the place of a shape, `value` with the name of
 * a compared value. What this engine tells beyond the reference is listed too, but needs no reason:
 * readers of HyperFrames look for names.
 */
export const ACCEPTED = [
  {
    path: /^events\.render_\w+\[\]\.(de|vfx)_|drawElement$/,
    why: "tells of HyperFrames' fast capture, which is not used; its `parallelRouter` would change a setting that the CLI keeps",
  },
  {
    path: /(adapters_?used|aroll_?video_?count|heygen_?video_?count|audio_?group_?count|color_?grading_?count|has_?lut|sub_?composition_?count|composition_?element_\w+|compositionElement\w+|root_?body\w+|gpu_renderer)$/i,
    why: "counts of a page's elements, made for the choice of the fast capture",
  },
  {
    path: /chrome_?\w*(rss|memory)\w*$|gpu_?process_?seen\w*$|chromeGpuProcess\w*$|chromeMemory$/i,
    why: "the memory of all processes together is in `perfSummary.native.peakTreeBytes`",
  },
  {
    path: /(browserProbeMs|stage_browser_probe_ms)$/,
    why: "no browser is asked before the capture; that time is part of `captureSetupMs`",
  },
  {
    path: /(captureCostMultiplier|heapBasedWorkers|workers_heap_based|captureCalibration|capture_calibration\w*)$/,
    why: "costs are measured while frames are captured, and frames never enter JavaScript's heap",
  },
  {
    path: /(init\.|observability_init_)(elementCount|tweenCount|element_count|tween_count)$/,
    why: "counted by a script that HyperFrames runs in the page before its capture",
  },
  {
    path: /^(trace|events)\.(render_observation )?(audio_process|browser_probe|file_server|video_extract) (start|end)$/,
    why: "no stage of its own: sources are decoded, sound is mixed and the page is asked while frames are captured",
  },
  {
    path: /^(trace|events)\.(render_observation )?(file_server|capture_calibration|capture_fallback_profile) checkpoint$/,
    why: "a step of HyperFrames' engine that has no counterpart",
  },
  {
    path: /^(trace|events)\.(render_observation )?(hdr_detection|video_extract) checkpoint$/,
    why: "told once all frames are made, so not of a render that was cancelled or failed before",
  },
  {
    path: /(authoredTimedClipCount|minVideoFrameCoverageRatio|max_?frames_?per_?video|observability_extract_max_frames_per_video)$/i,
    why: "frames are not extracted; what each clip shows is checked while it is shown (`HF_NATIVE_VIDEO_COVERAGE`)",
  },
  {
    path: /nativeHdr(Video|Image)Count$/,
    why: "HDR sources are in `perfSummary.native.hdr`",
  },
  {
    path: /^trace\.capture_strategy checkpoint\[\]\.|^trace\.\w+ (start|end)\[\]\.captureOperation$/,
    why: "another way of capturing has other facts",
  },
  {
    value: "stages",
    why: "`extract_video` and `process_audio` are no stages here: both happen during `capture`",
  },
  {
    value: "messages",
    why: "texts for people; the CLI's own list of stages is kept",
  },
  {
    value: "phases",
    why: "see the phases of the trace",
  },
  {
    value: "debug",
    why: "there is no `video-only.mp4` (mixed and encoded in one pass), and `document.html` is more",
  },
];

/** The reason of a difference; undefined without one. */
export function reasonOf({ path, value }) {
  const known = ACCEPTED.find((one) =>
    value === undefined ? one.path?.test(path) : one.value === value,
  );
  return known?.why;
}
