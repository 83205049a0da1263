const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const without = (list, left) => list?.filter((one) => !left.includes(one));
const first = ([one]) => one;

/** As shells tell that a process got SIGKILL. */
const KILLED = 137;
/** The same of SIGINT. */
const INTERRUPTED = 130;
const TOLD_LATE = ["hdr_detection checkpoint", "video_extract checkpoint"];
const UNFINISHED = [".o.hf-transaction-*", "work-*"];
const KEPT = [".hf-native-segments"];
const PREPARES = ["extract_video", "process_audio"];
const ASKED =
  "a page is asked by the browsers that capture it, not by one before: a page without a length fails there";
const FORBIDDEN =
  "warnings that forbid publishing are looked at once the file is complete, and before it is published";
const CANCELLED =
  "a signal ends HyperFrames' process at once; here the render ends first and leaves no files, then the process does";

/**
 * Differences that have a reason. `path` is matched with the place of a shape, `value` with the name of
 * a compared value; `holds` says for which values the reason is one, `from` and `before` for which versions. What
 * this engine tells beyond the reference is listed too, but needs no reason: readers of HyperFrames look
 * for names.
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
    before: "0.8.150",
    holds: (theirs) => theirs.length === 0,
    why: "this version tells no stages beside the state; its CLI does not read them",
  },
  {
    value: "stages",
    holds: (theirs, ours) => same(without(theirs, PREPARES), ours),
    why: "`extract_video` and `process_audio` are no stages here: both happen during `capture`",
  },
  {
    value: "stages",
    holds: (theirs, ours) => same([...without(theirs, PREPARES), "start_browsers"], ours),
    why: ASKED,
  },
  {
    value: "statuses",
    holds: (theirs, ours) => same(theirs.toSpliced(-1, 0, "rendering"), ours),
    why: ASKED,
  },
  {
    value: "stages",
    holds: (theirs, ours) => same([...without(theirs, PREPARES), "assemble"], ours),
    why: FORBIDDEN,
  },
  {
    value: "statuses",
    holds: (theirs, ours) => same(theirs.toSpliced(-1, 0, "assembling"), ours),
    why: FORBIDDEN,
  },
  {
    value: "statuses",
    before: "0.8.150",
    holds: (theirs, ours) =>
      theirs.at(-1) === "failed" && same(without(ours, ["encoding", "assembling"]), theirs),
    why: FORBIDDEN,
  },
  {
    value: "statuses",
    before: "0.8.150",
    holds: (theirs, ours) => same(without(ours, ["encoding"]), theirs),
    why: "this version tells of frames that are encoded while others are captured only that they are captured",
  },
  {
    value: "statuses",
    before: "0.8.150",
    holds: (theirs, ours) => same([...theirs, "cancelled"], ours),
    why: CANCELLED,
  },
  {
    value: "messages",
    holds: inOneOrder,
    why: "texts for people; the CLI's own list of stages is kept, and those that both give come in one order",
  },
  {
    value: "phases",
    holds: (theirs, ours) => inOneOrder(without(theirs, TOLD_LATE), without(ours, TOLD_LATE)),
    why: "see the phases of the trace; those that both have come in one order, but for what is told once all frames are made",
  },
  {
    value: "left",
    holds: (theirs, ours) => same(theirs, without(ours, KEPT)),
    why: "finished segments are kept for the next render of the same thing",
  },
  {
    value: "left",
    before: "0.8.150",
    holds: (theirs, ours) => [...without(theirs, UNFINISHED), ...without(ours, KEPT)].length === 0,
    why: CANCELLED,
  },
  {
    value: "debug",
    holds: (theirs, ours) =>
      same(theirs.log, ours.log) &&
      same(without(theirs.files, ["video-only.mp4"]), without(ours.files, ["document.html"])),
    why: "there is no `video-only.mp4` (mixed and encoded in one pass), and `document.html` is more",
  },
  {
    value: "exit",
    before: "0.8.150",
    holds: (theirs, ours) => theirs === KILLED && ours === 1,
    why: "HyperFrames leaves a server open when a page has no length, and its process never ends: it was killed",
  },
  {
    value: "exit",
    from: "0.8.64",
    before: "0.8.150",
    holds: (theirs, ours) => theirs === INTERRUPTED && ours === 1,
    why: "this CLI handles signals itself and ends a cancelled render with 1; with HyperFrames' engine the library of its browser ends the process before",
  },
  {
    value: "thrownNames",
    holds: (theirs, ours) => same(theirs, ["Error"]) && same(ours, ["NativeRenderError"]),
    why: "an error of this engine is a `NativeRenderError`, with a code; no CLI asks for the class `Error`",
  },
  {
    value: "outcomes",
    before: "0.7.60",
    holds: (theirs, ours) =>
      theirs.every(([, outcome]) => outcome === null) && same(theirs.map(first), ours.map(first)),
    why: "this version has no outcomes; its CLI does not read them",
  },
  {
    value: "warnings",
    before: "0.7.60",
    holds: (theirs) => theirs.length === 0,
    why: "this version has no warnings in its jobs; its CLI does not read them",
  },
  {
    value: "outcomes",
    before: "0.8.150",
    holds: (theirs, ours) => same(theirs, []) && same(ours, [["cancelled", "cancelled"]]),
    why: CANCELLED,
  },
  {
    value: "thrownNames",
    before: "0.8.150",
    holds: (theirs, ours) => same(theirs, []) && same(ours, ["RenderCancelledError"]),
    why: CANCELLED,
  },
];

/** Whether what is in both lists comes in the same order. */
function inOneOrder(theirs, ours) {
  return same(
    theirs.filter((one) => ours.includes(one)),
    ours.filter((one) => theirs.includes(one)),
  );
}

/** The reason of a difference under a version of the CLI; undefined without one. */
export function reasonOf(difference, version) {
  const { path, value } = difference;
  const known = ACCEPTED.find((one) => {
    if (one.from && numbers(version) < numbers(one.from)) return false;
    if (one.before && numbers(version) >= numbers(one.before)) return false;
    if (value === undefined) return one.path?.test(path) ?? false;
    if (one.value !== value) return false;
    return one.holds?.(parsed(difference.theirs), parsed(difference.ours)) ?? true;
  });
  return known?.why;
}

/** A version as one number that grows with it. */
export function numbers(version) {
  return version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
}

/** A value as it is compared: JSON, or `-` for one that is not there. */
function parsed(text) {
  return text === "-" ? [] : JSON.parse(text);
}
